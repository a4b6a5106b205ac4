resource "aws_vpc" "it" {
  cidr_block                           = "10.0.0.0/16" #> replace: cidr_block = "10.1.0.0/16"
  instance_tenancy                     = "default"     #> replace: instance_tenancy = "dedicated"
  assign_generated_ipv6_cidr_block     = true          #> update: assign_generated_ipv6_cidr_block = false
  enable_dns_hostnames                 = true          #> update: enable_dns_hostnames = false
  enable_dns_support                   = true          #> update: enable_dns_support = false
  enable_network_address_usage_metrics = true          #> update: enable_network_address_usage_metrics = false

  tags = {
    Name = "vpc-case" #> update: Name = "vpc-case-new"
  }
}
