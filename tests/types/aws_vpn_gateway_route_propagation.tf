resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpn_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "main" {
  count  = 2
  vpc_id = aws_vpc.main.id
}

resource "aws_vpn_gateway_route_propagation" "it" {
  vpn_gateway_id = aws_vpn_gateway.main.id
  route_table_id = aws_route_table.main[0].id #> replace: route_table_id = aws_route_table.main[1].id
}
