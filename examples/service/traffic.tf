# How requests come to the app, and the alarm when nothing answers them.

resource "aws_lb_target_group" "app" {
  name                 = local.name
  port                 = 80
  protocol             = "HTTP"
  vpc_id               = local.cluster.vpc_id
  deregistration_delay = 30

  health_check {
    path = "/admin/ok"
  }
}

# HTTP and HTTPS; each rule takes the lowest free priority.
resource "aws_lb_listener_rule" "app" {
  for_each = local.cluster.balancer.listeners

  listener_arn = each.value

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }

  condition {
    host_header {
      values = [local.host]
    }
  }
}

resource "aws_route53_record" "app" {
  zone_id = local.cluster.zone_id
  name    = local.host
  type    = "A"

  alias {
    name                   = local.cluster.balancer.dns_name
    zone_id                = local.cluster.balancer.zone_id
    evaluate_target_health = false
  }
}

# CloudFront sends the name of its origin as the Host header, by which the load balancer finds the app, and
# does not take another one among the headers of an origin. So the origin is the app's name for the load
# balancer, not the load balancer's own, and its certificate fits, too.
resource "aws_cloudfront_distribution" "app" {
  enabled     = true
  comment     = local.name
  price_class = "PriceClass_100" # the United States, Canada and Europe

  origin {
    origin_id   = "balancer"
    domain_name = aws_route53_record.app.fqdn

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "balancer"
    allowed_methods        = ["GET", "HEAD", "OPTIONS"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "redirect-to-https"
    compress               = true

    forwarded_values {
      query_string = true

      cookies {
        forward = "none"
      }
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

resource "aws_cloudwatch_metric_alarm" "healthy" {
  alarm_name          = "${local.name}-healthy-hosts"
  alarm_description   = "No healthy container of ${local.name} answers."
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HealthyHostCount"
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 2
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topics

  dimensions = {
    LoadBalancer = local.cluster.balancer.arn_suffix
    TargetGroup  = aws_lb_target_group.app.arn_suffix
  }
}
