resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

#> no-disappear: it is there as long as its VPC is
resource "aws_default_network_acl" "it" {
  default_network_acl_id = aws_vpc.main.default_network_acl_id

  ingress {
    rule_no    = 100
    action     = "allow" #> update: action = "deny"
    protocol   = "-1"
    from_port  = 0
    to_port    = 0
    cidr_block = "10.0.0.0/8" #> update: cidr_block = "0.0.0.0/0"
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    from_port  = 443 #> update: from_port = 80
    to_port    = 443
    cidr_block = "0.0.0.0/0"
  }

  tags = {
    Name = "default-acl-case" #> update: Name = "default-acl-case-new"
  }
}
