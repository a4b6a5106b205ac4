resource "aws_vpc" "main" {
  cidr_block                       = "10.0.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_egress_only_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_vpn_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "it" {
  vpc_id           = aws_vpc.main.id
  propagating_vgws = [aws_vpn_gateway.main.id] #> update: propagating_vgws = []

  route {
    cidr_block = "192.168.0.0/16" #> update: cidr_block = "172.16.0.0/16"
    gateway_id = aws_internet_gateway.main.id
  }

  route {
    ipv6_cidr_block        = "0::/0" #> update: ipv6_cidr_block = "2001:DB8:0::/48"
    egress_only_gateway_id = aws_egress_only_internet_gateway.main.id
  }

  tags = {
    Name = "table-case" #> update: Name = "table-case-new"
  }
}
