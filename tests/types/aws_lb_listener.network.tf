resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_lb" "main" {
  name               = "listener-case-network"
  internal           = true
  load_balancer_type = "network"
  subnets            = [aws_subnet.main.id]
}

resource "aws_lb_target_group" "main" {
  count    = 2
  name     = "listener-case-network-${count.index}"
  port     = 80
  protocol = "TCP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_acm_certificate" "main" {
  domain_name       = "listener-case-network.example.com"
  validation_method = "DNS"
}

resource "aws_lb_listener" "it" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "TLS"
  alpn_policy       = "HTTP2Preferred" #> update: alpn_policy = "HTTP2Only"
  certificate_arn   = aws_acm_certificate.main.arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.main[0].arn #> update: target_group_arn = aws_lb_target_group.main[1].arn
  }
}
