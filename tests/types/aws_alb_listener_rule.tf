resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_alb" "main" {
  name     = "alb-listener-rule-case"
  internal = true
  subnets  = aws_subnet.main[*].id
}

resource "aws_alb_listener" "main" {
  load_balancer_arn = aws_alb.main.arn
  port              = 80

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_alb_listener_rule" "it" {
  listener_arn = aws_alb_listener.main.arn

  action {
    type = "redirect"

    redirect {
      status_code = "HTTP_301" #> update: status_code = "HTTP_302"
      port        = "443"      #> update: port = "8443"
      protocol    = "HTTPS"
    }
  }

  condition {
    path_pattern {
      values = ["/old/*"] #> update: values = ["/older/*"]
    }
  }
}
