resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_lb" "main" {
  name               = "listener-case-tcp"
  internal           = true
  load_balancer_type = "network"
  subnets            = [aws_subnet.main.id]
}

resource "aws_lb_target_group" "main" {
  count    = 2
  name     = "listener-case-tcp-${count.index}"
  port     = 80
  protocol = "TCP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_lb_listener" "it" {
  load_balancer_arn        = aws_lb.main.arn
  port                     = 443
  protocol                 = "TCP"
  tcp_idle_timeout_seconds = 400 #> update: tcp_idle_timeout_seconds = 500

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.main[0].arn #> update: target_group_arn = aws_lb_target_group.main[1].arn
  }
}
