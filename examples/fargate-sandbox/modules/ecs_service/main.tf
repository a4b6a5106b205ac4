# One service on Fargate: its load balancer and record, its roles, its logs, its repository, and how
# it scales.

data "aws_region" "current" {}

data "aws_elb_service_account" "elb_account" {}

module "vpc" {
  source   = "../vpc"
  vpc_name = var.vpc_name
}

module "common_sgs" {
  source = "../common_sgs"
  vpc_id = module.vpc.id
}

module "access_logs_bucket" {
  source = "../access_logs_bucket"
  name   = "${var.service_name}-access-logs-${var.account}"
}

data "aws_subnets" "private" {
  filter {
    name   = "vpc-id"
    values = [module.vpc.id]
  }

  tags = {
    use = "private"
  }
}

data "aws_subnets" "public" {
  filter {
    name   = "vpc-id"
    values = [module.vpc.id]
  }

  tags = {
    use = "public"
  }
}

resource "aws_cloudwatch_log_group" "log_group" {
  name              = "/aws/ecs/fargate/${var.service_name}"
  retention_in_days = 30
}

resource "aws_ecr_repository" "ecr" {
  name         = var.service_name
  force_delete = true

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecs_task_definition" "task" {
  family                   = var.service_name
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.task_execution_role.arn
  task_role_arn            = aws_iam_role.task_role.arn

  container_definitions = jsonencode([{
    name         = var.service_name
    image        = var.image
    cpu          = 256
    memory       = 512
    portMappings = [{ containerPort = var.app_port }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.log_group.name
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = var.service_name
      }
    }
  }])
}

resource "aws_ecs_service" "service" {
  name            = var.service_name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.task.arn
  launch_type     = "FARGATE"
  desired_count   = var.task_min

  network_configuration {
    subnets         = data.aws_subnets.private.ids
    security_groups = concat([aws_security_group.service.id], module.common_sgs.ids)
  }

  load_balancer {
    target_group_arn = aws_alb_target_group.ecs_tg.arn
    container_name   = var.service_name
    container_port   = var.app_port
  }

  # Deployments bring their own task definition, and scaling its own count.
  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }

  depends_on = [aws_alb_listener.http]
}

resource "aws_appautoscaling_target" "main" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster_name}/${aws_ecs_service.service.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.task_min
  max_capacity       = var.task_max
}

resource "aws_appautoscaling_policy" "cpu" {
  name               = "${var.service_name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.main.service_namespace
  resource_id        = aws_appautoscaling_target.main.resource_id
  scalable_dimension = aws_appautoscaling_target.main.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = var.cpu_target

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_appautoscaling_policy" "memory" {
  name               = "${var.service_name}-memory"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.main.service_namespace
  resource_id        = aws_appautoscaling_target.main.resource_id
  scalable_dimension = aws_appautoscaling_target.main.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = var.memory_target

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageMemoryUtilization"
    }
  }
}
