resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_alb" "it" {
  name         = "alb-case" #> replace: name = "alb-case-new"
  internal     = true
  subnets      = aws_subnet.main[*].id
  idle_timeout = 60 #> update: idle_timeout = 90
}
