resource "aws_vpc_dhcp_options" "it" {
  domain_name                       = "case.internal"           #> replace: domain_name = "cases.internal"
  domain_name_servers               = ["10.0.0.2", "10.0.1.2"]  #> replace: domain_name_servers = ["AmazonProvidedDNS"]
  ipv6_address_preferred_lease_time = "1440"                    #> replace: ipv6_address_preferred_lease_time = "2880"
  netbios_name_servers              = ["10.0.0.3"]              #> replace: netbios_name_servers = ["10.0.0.4"]
  netbios_node_type                 = "2"                       #> replace: netbios_node_type = "8"
  ntp_servers                       = ["10.0.0.5"]              #> replace: ntp_servers = ["10.0.0.6"]

  tags = {
    Name = "dhcp-case" #> update: Name = "dhcp-case-new"
  }
}
