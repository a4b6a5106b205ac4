resource "aws_vpc" "main" {
  count                            = 2
  cidr_block                       = "10.0.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_egress_only_internet_gateway" "it" {
  vpc_id = aws_vpc.main[0].id #> replace: vpc_id = aws_vpc.main[1].id

  tags = {
    Name = "egress-case" #> update: Name = "egress-case-new"
  }
}
