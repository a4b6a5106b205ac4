resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.0.0.0/16"
}

resource "aws_route_table" "main" {
  count  = 2
  vpc_id = aws_vpc.main[0].id
}

resource "aws_route_table" "other" {
  vpc_id = aws_vpc.main[1].id
}

#> no-import: AWS does not know which table was the main one before
resource "aws_main_route_table_association" "it" {
  vpc_id         = aws_vpc.main[0].id
  route_table_id = aws_route_table.main[0].id #> update: route_table_id = aws_route_table.main[1].id
}
