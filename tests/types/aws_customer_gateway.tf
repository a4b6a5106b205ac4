resource "aws_customer_gateway" "it" {
  bgp_asn     = "65010"       #> replace: bgp_asn = "65011"
  device_name = "office"      #> replace: device_name = "home"
  ip_address  = "203.0.113.7" #> replace: ip_address = "203.0.113.8"
  type        = "ipsec.1"

  tags = {
    Name = "customer-case" #> update: Name = "customer-case-new"
  }
}
