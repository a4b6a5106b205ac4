resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_security_group" "main" {
  count  = 3
  name   = "egress-case-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_egress_rule" "it" {
  security_group_id            = aws_security_group.main[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443                           #> update: from_port = 442
  to_port                      = 443                           #> update: to_port = 444
  referenced_security_group_id = aws_security_group.main[1].id #> skip: moto keeps the first
  description                  = "of the case"                 #> update: description = "of the same case"

  tags = {
    Name = "egress-case" #> update: Name = "egress-case-new"
  }
}
