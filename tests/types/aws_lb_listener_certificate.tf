resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_lb" "main" {
  name       = "listener-certificate-case"
  subnets    = aws_subnet.main[*].id
  depends_on = [aws_internet_gateway.main]
}

resource "aws_acm_certificate" "main" {
  count             = 3
  domain_name       = "listener-certificate-case-${count.index}.example.com"
  validation_method = "DNS"
}

resource "aws_lb_listener" "main" {
  count             = 2
  load_balancer_arn = aws_lb.main.arn
  port              = 443 + count.index
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.main[0].arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_certificate" "it" {
  listener_arn    = aws_lb_listener.main[0].arn     #> replace: listener_arn = aws_lb_listener.main[1].arn
  certificate_arn = aws_acm_certificate.main[1].arn #> replace: certificate_arn = aws_acm_certificate.main[2].arn
}
