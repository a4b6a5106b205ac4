resource "aws_vpc" "main" {
  cidr_block                       = "10.0.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_egress_only_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
}

#> import: ${route_table_id}_${destination_ipv6_cidr_block}
resource "aws_route" "it" {
  route_table_id              = aws_route_table.main.id
  destination_ipv6_cidr_block = "2001:DB8:0::/48" #> replace: destination_ipv6_cidr_block = "::0/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.main.id
}
