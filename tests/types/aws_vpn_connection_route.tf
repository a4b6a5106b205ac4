resource "aws_customer_gateway" "main" {
  bgp_asn    = "65000"
  ip_address = "203.0.113.20"
  type       = "ipsec.1"
}

resource "aws_vpn_gateway" "main" {
}

resource "aws_vpn_connection" "main" {
  customer_gateway_id = aws_customer_gateway.main.id
  vpn_gateway_id      = aws_vpn_gateway.main.id
  type                = "ipsec.1"
  static_routes_only  = true
}

resource "aws_vpn_connection_route" "it" {
  vpn_connection_id      = aws_vpn_connection.main.id
  destination_cidr_block = "192.168.10.0/24" #> replace: destination_cidr_block = "192.168.11.0/24"
}
