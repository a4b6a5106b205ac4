resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpc_dhcp_options" "main" {
  count       = 2
  domain_name = "case-${count.index}.internal"
}

#> import: ${vpc_id}
resource "aws_vpc_dhcp_options_association" "it" {
  vpc_id          = aws_vpc.main[0].id              #> replace: vpc_id = aws_vpc.main[1].id
  dhcp_options_id = aws_vpc_dhcp_options.main[0].id #> update: dhcp_options_id = aws_vpc_dhcp_options.main[1].id
}
