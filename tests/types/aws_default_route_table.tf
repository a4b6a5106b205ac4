resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

#> no-disappear: it is there as long as its VPC is
#> import: ${vpc_id}
resource "aws_default_route_table" "it" {
  default_route_table_id = aws_vpc.main.default_route_table_id

  route {
    cidr_block = "0.0.0.0/0" #> update: cidr_block = "192.168.0.0/16"
    gateway_id = aws_internet_gateway.main.id
  }

  tags = {
    Name = "default-table-case" #> update: Name = "default-table-case-new"
  }
}
