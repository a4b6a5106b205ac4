resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_lb_target_group" "it" {
  name_prefix            = "case-"
  port                   = 443
  protocol               = "TCP"
  vpc_id                 = aws_vpc.main.id
  connection_termination = true    #> update: connection_termination = false
  preserve_client_ip     = "false" #> update: preserve_client_ip = "true"
  proxy_protocol_v2      = true    #> update: proxy_protocol_v2 = false

  health_check {
    protocol = "TCP" #> update: protocol = "HTTP"
    interval = 10    #> update: interval = 30
  }

  stickiness {
    enabled = true #> update: enabled = false
    type    = "source_ip"
  }

  target_health_state {
    enable_unhealthy_connection_termination = false
    unhealthy_draining_interval             = 60 #> update: unhealthy_draining_interval = 120
  }
}
