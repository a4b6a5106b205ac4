resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.0.0.0/16"
}

resource "aws_security_group" "other" {
  count  = 2
  name   = "group-case-other-${count.index}"
  vpc_id = aws_vpc.main[0].id
}

#> import-ignores: revoke_rules_on_delete
resource "aws_security_group" "it" {
  name                   = "group-case"           #> replace: name = "group-case-new"
  description            = "of the case"          #> replace: description = "of the same case"
  vpc_id                 = aws_vpc.main[0].id
  revoke_rules_on_delete = true                   #> update: revoke_rules_on_delete = false

  ingress {
    description      = "web"         #> update: description = "the web"
    from_port        = 443           #> update: from_port = 80
    to_port          = 443
    protocol         = "TCP"
    cidr_blocks      = ["10.0.0.0/8", "192.168.0.0/16"] #> update: cidr_blocks = ["10.0.0.0/8"]
    ipv6_cidr_blocks = ["2001:DB8:0::/48"]              #> update: ipv6_cidr_blocks = []
  }

  ingress {
    from_port       = 0
    to_port         = 0
    protocol        = "-1"
    security_groups = [aws_security_group.other[0].id] #> update: security_groups = [aws_security_group.other[1].id]
    self            = true                             #> update: self = false
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "all"
    cidr_blocks = ["0.0.0.0/0"] #> update: cidr_blocks = ["10.0.0.0/8"]
  }

  tags = {
    Name = "group-case" #> update: Name = "group-case-new"
  }
}
