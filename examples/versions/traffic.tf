# How requests come to the versions: to each under its own name, and to the live ones under the app's.

resource "aws_security_group" "app" {
  name        = "ecs-${var.app}-${var.environment}"
  description = "The load balancer of ${var.app}"
  vpc_id      = local.cluster.vpc_id
}

resource "aws_lb" "app" {
  name            = "${var.app}-${var.environment}"
  internal        = var.internal
  subnets         = local.cluster.subnets
  security_groups = [aws_security_group.app.id, local.cluster.balancer_group]
  idle_timeout    = 30
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.app.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.app.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = local.cluster.certificate

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "No version is live."
      status_code  = "503"
    }
  }
}

# The cut over. The target groups are known when their services run, so a version that is deployed with this
# change gets no requests before.
resource "aws_lb_listener_rule" "live" {
  count = length(var.traffic) > 0 ? 1 : 0

  listener_arn = aws_lb_listener.https.arn

  action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = var.traffic

        content {
          arn    = module.version[target_group.key].target_group
          weight = target_group.value
        }
      }
    }
  }

  condition {
    host_header {
      values = coalesce(var.hosts, [local.host])
    }
  }
}

resource "aws_route53_record" "app" {
  zone_id = local.cluster.zone_id
  name    = local.host
  type    = "A"

  alias {
    name                   = aws_lb.app.dns_name
    zone_id                = aws_lb.app.zone_id
    evaluate_target_health = false
  }
}
