# The load balancer that all apps share, and the names under which they are reached.

resource "aws_route53_zone" "apps" {
  name          = var.domain
  force_destroy = var.force_destroy
}

resource "aws_acm_certificate" "apps" {
  domain_name       = "*.${var.domain}"
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = {
    for it in aws_acm_certificate.apps.domain_validation_options : it.domain_name => it
  }

  zone_id         = aws_route53_zone.apps.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 60
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "apps" {
  certificate_arn         = aws_acm_certificate.apps.arn
  validation_record_fqdns = [for it in aws_route53_record.validation : it.fqdn]
}

resource "aws_lb" "apps" {
  name            = var.cluster
  subnets         = [for it in aws_subnet.apps : it.id]
  security_groups = [aws_security_group.balancer.id]

  depends_on = [aws_internet_gateway.apps]
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.apps.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "No app has this name."
      status_code  = "503"
    }
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.apps.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.apps.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "No app has this name."
      status_code  = "503"
    }
  }
}
