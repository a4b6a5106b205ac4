resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_eip" "it" {
  domain = "vpc"

  tags = {
    Name = "eip-case" #> update: Name = "eip-case-new"
  }

  depends_on = [aws_internet_gateway.main]
}
