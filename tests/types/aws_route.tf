resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_vpn_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "main" {
  count  = 2
  vpc_id = aws_vpc.main.id
}

#> import: ${route_table_id}_${destination_cidr_block}
resource "aws_route" "it" {
  route_table_id         = aws_route_table.main[0].id     #> replace: route_table_id = aws_route_table.main[1].id
  destination_cidr_block = "192.168.0.0/16"               #> replace: destination_cidr_block = "172.16.0.0/16"
  gateway_id             = aws_internet_gateway.main.id   #> update: gateway_id = aws_vpn_gateway.main.id
}
