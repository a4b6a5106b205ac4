resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "it" {
  vpc_id = aws_vpc.main[0].id #> update: vpc_id = aws_vpc.main[1].id

  tags = {
    Name = "gateway-case" #> update: Name = "gateway-case-new"
  }
}
