resource "aws_vpc" "main" {
  count                            = 2
  cidr_block                       = "10.0.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_subnet" "it" {
  vpc_id                                         = aws_vpc.main[0].id #> replace: vpc_id = aws_vpc.main[1].id
  cidr_block                                     = "10.0.1.0/24"      #> replace: cidr_block = "10.0.2.0/24"
  ipv6_cidr_block                                = cidrsubnet(aws_vpc.main[0].ipv6_cidr_block, 8, 1)
  availability_zone                              = "us-east-1a" #> replace: availability_zone = "us-east-1b"
  assign_ipv6_address_on_creation                = true         #> update: assign_ipv6_address_on_creation = false
  enable_dns64                                   = true         #> update: enable_dns64 = false
  enable_resource_name_dns_a_record_on_launch    = true         #> update: enable_resource_name_dns_a_record_on_launch = false
  enable_resource_name_dns_aaaa_record_on_launch = true         #> update: enable_resource_name_dns_aaaa_record_on_launch = false
  map_public_ip_on_launch                        = true         #> update: map_public_ip_on_launch = false
  private_dns_hostname_type_on_launch            = "resource-name" #> update: private_dns_hostname_type_on_launch = "ip-name"

  tags = {
    Name = "subnet-case" #> update: Name = "subnet-case-new"
  }
}
