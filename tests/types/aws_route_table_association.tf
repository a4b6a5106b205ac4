resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}

resource "aws_route_table" "main" {
  count  = 2
  vpc_id = aws_vpc.main.id
}

#> import: ${subnet_id}/${route_table_id}
resource "aws_route_table_association" "it" {
  subnet_id      = aws_subnet.main[0].id      #> replace: subnet_id = aws_subnet.main[1].id
  route_table_id = aws_route_table.main[0].id #> update: route_table_id = aws_route_table.main[1].id
}
