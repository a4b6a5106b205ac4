# The service and what runs in it.

resource "aws_ecs_task_definition" "main" {
  family                   = local.task.family
  requires_compatibilities = try(local.task.requiresCompatibilities, null)
  network_mode             = try(local.task.networkMode, null)
  cpu                      = module.spec.cpu
  memory                   = module.spec.memory
  execution_role_arn       = try(local.task.executionRoleArn, null)
  task_role_arn            = try(local.task.taskRoleArn, null)
  container_definitions    = jsonencode(local.task.containerDefinitions)

  # The service moves to the new revision before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "main" {
  name                              = local.service.name
  cluster                           = data.aws_ecs_cluster.shared.arn
  task_definition                   = aws_ecs_task_definition.main.arn
  launch_type                       = try(local.service.launchType, "FARGATE")
  enable_execute_command            = try(local.service.enableExecuteCommand, false)
  health_check_grace_period_seconds = try(local.service.healthCheckGracePeriod, null)
  wait_for_steady_state             = true

  # `auto` and `match` are what scaling wants, which begins with the fewest. Where there is scaling, groundplan
  # leaves the count alone once the service is there; else it is what the spec says.
  desired_count = try(tonumber(local.service.desiredCount), local.scalable.MinCapacity, 1)

  network_configuration {
    subnets          = flatten([local.network.subnets])
    security_groups  = flatten([local.network.securityGroups])
    assign_public_ip = try(local.network.assignPublicIp == "ENABLED", false)
  }

  dynamic "load_balancer" {
    for_each = local.attachments

    content {
      target_group_arn = aws_lb_target_group.main[load_balancer.key].arn
      container_name   = load_balancer.value.containerName
      container_port   = load_balancer.value.containerPort
    }
  }

  timeouts {
    create = "10m"
    update = "10m"
  }

  # A target group takes targets once a load balancer forwards to it.
  depends_on = [aws_lb_listener_rule.main, aws_lb_listener.network]
}

resource "aws_appautoscaling_target" "main" {
  count = local.scalable == null ? 0 : 1

  service_namespace  = local.scalable.ServiceNamespace
  scalable_dimension = local.scalable.ScalableDimension
  resource_id        = local.scalable.ResourceId
  min_capacity       = local.scalable.MinCapacity
  max_capacity       = local.scalable.MaxCapacity

  depends_on = [aws_ecs_service.main]
}

resource "aws_appautoscaling_policy" "main" {
  count = local.scaling == null ? 0 : 1

  name               = local.scaling.PolicyName
  policy_type        = local.scaling.PolicyType
  service_namespace  = aws_appautoscaling_target.main[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.main[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.main[0].resource_id

  dynamic "target_tracking_scaling_policy_configuration" {
    for_each = [local.scaling.TargetTrackingScalingPolicyConfiguration]
    iterator = tracking

    content {
      target_value       = tracking.value.TargetValue
      scale_in_cooldown  = tracking.value.ScaleInCooldown
      scale_out_cooldown = tracking.value.ScaleOutCooldown

      predefined_metric_specification {
        predefined_metric_type = tracking.value.PredefinedMetricSpecification.PredefinedMetricType
      }
    }
  }
}
