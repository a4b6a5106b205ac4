resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}

resource "aws_network_acl" "it" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.main[0].id] #> update: subnet_ids = aws_subnet.main[*].id

  ingress {
    rule_no    = 100 #> update: rule_no = 110
    action     = "allow"
    protocol   = "tcp"
    from_port  = 80 #> update: from_port = 79
    to_port    = 80
    cidr_block = "10.0.0.0/8"
  }

  ingress {
    rule_no    = 200
    action     = "deny" #> update: action = "allow"
    protocol   = "udp"
    from_port  = 53
    to_port    = 53
    cidr_block = "0.0.0.0/0"
  }

  egress {
    rule_no         = 100
    action          = "allow"
    protocol        = "-1"
    from_port       = 0
    to_port         = 0
    ipv6_cidr_block = "0::/0" #> update: ipv6_cidr_block = "2001:DB8::/48"
  }

  tags = {
    Name = "acl-case" #> update: Name = "acl-case-new"
  }
}
