resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_alb_target_group" "it" {
  name     = "alb-target-group-case"
  port     = 80 #> replace: port = 81
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id

  stickiness {
    type            = "lb_cookie"
    cookie_duration = 60 #> update: cookie_duration = 120
  }
}
