resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "rule-case-${count.index}"
  vpc_id = aws_vpc.main.id
}

#> import: ${security_group_id}_${type}_${protocol}_${from_port}_${to_port}_172.16.0.0/12
resource "aws_security_group_rule" "it" {
  security_group_id = aws_security_group.main[0].id #> replace: security_group_id = aws_security_group.main[1].id
  type              = "ingress"                     #> replace: type = "egress"
  protocol          = "tcp"                         #> replace: protocol = "udp"
  from_port         = 80                            #> replace: from_port = 79
  to_port           = 81                            #> replace: to_port = 82
  cidr_blocks       = ["10.0.0.0/8"]                #> replace: cidr_blocks = ["172.16.0.0/12"]
  description       = "of the case"                 #> update: description = "of the same case"
}
