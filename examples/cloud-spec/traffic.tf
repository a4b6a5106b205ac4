# How requests come to the service.

resource "aws_lb_target_group" "main" {
  for_each = local.target_groups

  name        = each.key
  protocol    = each.value.protocol
  port        = each.value.port
  target_type = "ip"
  vpc_id      = data.aws_lb.shared[local.attachments[each.key].loadBalancerName].vpc_id

  health_check {
    protocol            = try(each.value.healthCheck.protocol, each.value.protocol)
    port                = try(each.value.healthCheck.port, null)
    path                = try(each.value.healthCheck.path, null)
    interval            = try(each.value.healthCheck.interval, null)
    timeout             = try(each.value.healthCheck.timeout, null)
    healthy_threshold   = try(each.value.healthCheck.healthyThreshold, null)
    unhealthy_threshold = try(each.value.healthCheck.unhealthyThreshold, null)
    matcher             = try(each.value.healthCheck.matcher.HttpCode, null)
  }
}

# Network load balancers have no rules: each service has a port of its own.
resource "aws_lb_listener" "network" {
  for_each = { for key, it in local.listeners : key => it if it.type == "network" }

  load_balancer_arn = data.aws_lb.shared[each.value.balancer].arn
  protocol          = each.value.protocol
  port              = each.value.port

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.main[each.value.action.targetGroupName].arn
  }
}

locals {
  # Rules at the start of a listener take the lowest priorities that are free, those at its end the highest.
  free = {
    for key, it in data.aws_lb_listener_rules.shared :
    key => [for n in range(1, var.rules_limit + 1) : n if !contains(it.rules[*].priority, n)]
  }

  priorities = merge(flatten([
    for listener, free in local.free : [
      for placement in ["start", "end"] : {
        for n, key in [for key, it in local.rules : key if it.listener == listener && it.placement == placement] :
        key => placement == "start" ? free[n] : free[length(free) - 1 - n]
      }
    ]
  ])...)
}

resource "aws_lb_listener_rule" "main" {
  for_each = local.rules

  listener_arn = data.aws_lb_listener.shared[each.value.listener].arn
  priority     = local.priorities[each.key]

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.main[each.value.target_group].arn
  }

  dynamic "condition" {
    for_each = each.value.conditions

    content {
      dynamic "host_header" {
        for_each = condition.key == "host-header" ? [condition.value] : []

        content {
          values = host_header.value
        }
      }

      dynamic "path_pattern" {
        for_each = condition.key == "path-pattern" ? [condition.value] : []

        content {
          values = path_pattern.value
        }
      }

      dynamic "http_request_method" {
        for_each = condition.key == "http-request-method" ? [condition.value] : []

        content {
          values = http_request_method.value
        }
      }

      dynamic "source_ip" {
        for_each = condition.key == "source-ip" ? [condition.value] : []

        content {
          values = source_ip.value
        }
      }
    }
  }

  # A rule stays where it is when others come and go.
  lifecycle {
    ignore_changes = [priority]
  }
}
