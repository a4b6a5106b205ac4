resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "ingress-case-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "it" {
  security_group_id = aws_security_group.main[0].id #> replace: security_group_id = aws_security_group.main[1].id
  ip_protocol       = "tcp"                         #> update: ip_protocol = "udp"
  from_port         = 80                            #> update: from_port = 79
  to_port           = 81                            #> update: to_port = 82
  cidr_ipv4         = "10.0.0.0/8"                  #> update: cidr_ipv4 = "172.16.0.0/12"
  description       = "of the case"                 #> update: description = "of the same case"

  tags = {
    Name = "ingress-case" #> update: Name = "ingress-case-new"
  }
}
