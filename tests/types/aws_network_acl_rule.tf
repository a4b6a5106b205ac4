resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_network_acl" "main" {
  count  = 2
  vpc_id = aws_vpc.main.id
}

#> import: ${network_acl_id}:${rule_number}:${protocol}:${egress}
resource "aws_network_acl_rule" "it" {
  network_acl_id = aws_network_acl.main[0].id #> replace: network_acl_id = aws_network_acl.main[1].id
  rule_number    = 100                        #> replace: rule_number = 110
  egress         = false                      #> replace: egress = true
  protocol       = "tcp"                      #> replace: protocol = "udp"
  rule_action    = "allow"                    #> replace: rule_action = "deny"
  cidr_block     = "10.0.0.0/8"               #> replace: cidr_block = "172.16.0.0/12"
  from_port      = 80                         #> replace: from_port = 79
  to_port        = 81                         #> replace: to_port = 82
}
