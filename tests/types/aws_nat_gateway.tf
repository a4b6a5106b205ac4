resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}

resource "aws_eip" "main" {
  count  = 2
  domain = "vpc"
}

resource "aws_nat_gateway" "it" {
  subnet_id         = aws_subnet.main[0].id #> replace: subnet_id = aws_subnet.main[1].id
  allocation_id     = aws_eip.main[0].id    #> replace: allocation_id = aws_eip.main[1].id
  connectivity_type = "public"

  tags = {
    Name = "nat-case" #> update: Name = "nat-case-new"
  }

  depends_on = [aws_internet_gateway.main]
}
