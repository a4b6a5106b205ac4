# A version of an app: its tasks as ecs.json describes them, and how they are reached and scaled as
# ecs-config.yml says.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

locals {
  names = merge(var.env, {
    BUILD_VERSION    = var.build_version
    ECS_APP_NAME     = var.app
    ECS_CLUSTER_NAME = var.cluster.name
    ENV              = var.environment
  })

  definition = jsondecode(templatefile("${path.root}/ecs.json", local.names))
  config     = yamldecode(templatefile("${path.root}/ecs-config.yml", local.names))
  main       = local.definition.containerDefinitions[0]

  # All containers have the variables of the .env file, over their own.
  containers = [
    for it in local.definition.containerDefinitions : merge(it, {
      environment = [
        for name, value in merge({ for own in try(it.environment, []) : own.name => own.value }, var.env) :
        { name = name, value = value }
      ]
    })
  ]

  # Scaling needs all four.
  scaling = try(local.config.autoscaling, "Disable") == "Enable" ? try({
    target = local.config.autoscaling_target
    min    = coalesce(var.tasks, local.config.autoscaling_min_size)
    max    = local.config.autoscaling_max_size
  }, null) : null

  host = lower("${var.app}-${var.build_version}")
}

resource "aws_lb_target_group" "version" {
  name                 = "${var.app}-${var.build_version}"
  port                 = 80
  protocol             = "HTTP"
  vpc_id               = var.cluster.vpc_id
  deregistration_delay = try(local.config.lb_deregistration_delay, 30)

  health_check {
    path                = local.config.lb_health_check
    interval            = try(local.config.lb_health_check_interval, 10)
    timeout             = try(local.config.lb_health_check_timeout, 5)
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

# Under its own name, before it is live and after. Names differ, so it does not matter which rule is first.
resource "aws_lb_listener_rule" "version" {
  listener_arn = var.listener

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.version.arn
  }

  condition {
    host_header {
      values = ["${local.host}.*"]
    }
  }
}

resource "aws_route53_record" "version" {
  zone_id = var.cluster.zone_id
  name    = "${local.host}.${var.cluster.domain}"
  type    = "A"

  alias {
    name                   = var.balancer.dns_name
    zone_id                = var.balancer.zone_id
    evaluate_target_health = false
  }
}

resource "aws_ecs_task_definition" "version" {
  family                = local.definition.family
  container_definitions = jsonencode(local.containers)
  cpu                   = try(local.definition.cpu, null)
  memory                = try(local.definition.memory, null)
  network_mode          = try(local.definition.networkMode, "bridge")
  task_role_arn         = try(local.definition.taskRoleArn, var.task_role)

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "version" {
  name                              = "${var.app}-${var.build_version}"
  cluster                           = var.cluster.arn
  task_definition                   = aws_ecs_task_definition.version.arn
  desired_count                     = try(local.scaling.min, 1)
  health_check_grace_period_seconds = local.config.lb_health_check_grace_period
  propagate_tags                    = "SERVICE"
  wait_for_steady_state             = true

  # Tasks that do not come up end the apply, rather than its patience.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Spot instances, of which any may go within two minutes: over all zones first, then as few as possible.
  capacity_provider_strategy {
    capacity_provider = var.cluster.capacity_provider
    weight            = 1
  }

  ordered_placement_strategy {
    type  = "spread"
    field = "attribute:ecs.availability-zone"
  }

  ordered_placement_strategy {
    type  = "binpack"
    field = "memory"
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.version.arn
    container_name   = local.main.name
    container_port   = local.main.portMappings[0].containerPort
  }

  tags = {
    version = var.build_version
  }

  timeouts {
    create = "10m"
    update = "10m"
  }

  # The count is that of scaling.
  lifecycle {
    ignore_changes = [desired_count]
  }

  # A target group takes targets once a load balancer forwards to it.
  depends_on = [aws_lb_listener_rule.version]
}

resource "aws_appautoscaling_target" "version" {
  count = local.scaling == null ? 0 : 1

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster.name}/${aws_ecs_service.version.name}"
  min_capacity       = local.scaling.min
  max_capacity       = local.scaling.max
}

resource "aws_appautoscaling_policy" "cpu" {
  count = local.scaling == null ? 0 : 1

  name               = "${var.app}-${var.build_version}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.version[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.version[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.version[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value = local.scaling.target

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

output "target_group" {
  description = "Where requests to the version go, once it runs."
  value       = aws_lb_target_group.version.arn
  depends_on  = [aws_ecs_service.version]
}

output "url" {
  description = "Where the version is."
  value       = "https://${aws_route53_record.version.fqdn}${local.config.lb_health_check}"
}
