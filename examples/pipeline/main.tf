# One environment of a project: a cluster, the service on it, and the load balancer before it. Staging and
# production are this same stack with another variable file and another state.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    http = {
      source = "hashicorp/http"
    }
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = {
      project     = var.project
      environment = var.environment
    }
  }
}

locals {
  name = "${var.project}-${var.environment}"
  url  = coalesce(var.smoke_url, "http://${aws_lb.main.dns_name}${var.path}")
}

data "aws_region" "current" {}

data "aws_ecr_repository" "app" {
  name = var.project
}

resource "aws_cloudwatch_log_group" "app" {
  name              = local.name
  retention_in_days = 30
}

resource "aws_iam_role" "execution" {
  name = "${local.name}-ecs-execution-role"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_cluster" "main" {
  name = "${local.name}-cluster"
}

resource "aws_ecs_task_definition" "app" {
  family                   = "${local.name}-service"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.size.cpu
  memory                   = var.size.memory
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode([{
    name         = "${local.name}-service"
    image        = "${data.aws_ecr_repository.app.repository_url}:${var.tag}"
    essential    = true
    portMappings = [{ containerPort = 8080, protocol = "tcp" }]
    environment  = [for name, value in var.env : { name = name, value = value }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.app.name
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = "app"
      }
    }
  }])

  # The service moves to the new revision before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "app" {
  name                               = "${local.name}-service"
  cluster                            = aws_ecs_cluster.main.arn
  task_definition                    = aws_ecs_task_definition.app.arn
  launch_type                        = "FARGATE"
  desired_count                      = var.tasks
  deployment_minimum_healthy_percent = 100
  wait_for_steady_state              = true

  # A deployment that does not come up is undone by ECS.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = aws_subnet.public[*].id
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = true
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.app.arn
    container_name   = "${local.name}-service"
    container_port   = 8080
  }

  timeouts {
    create = "10m"
    update = "10m"
  }

  # A target group takes targets once a load balancer forwards to it, and tasks need the role until they end.
  depends_on = [
    aws_lb_listener_rule.app,
    aws_iam_role_policy_attachment.execution,
    aws_route_table_association.public,
  ]
}

resource "aws_lb" "main" {
  name            = local.name
  subnets         = aws_subnet.public[*].id
  security_groups = [aws_security_group.balancer.id]
  idle_timeout    = 30

  depends_on = [aws_internet_gateway.main]
}

resource "aws_lb_target_group" "app" {
  name                 = local.name
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = aws_vpc.main.id
  deregistration_delay = 20

  health_check {
    path                = var.path
    interval            = 6
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "There is nothing at this path."
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "app" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 1

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }

  condition {
    path_pattern {
      values = ["${var.path}*"]
    }
  }
}

# The test of the deployment: -check-timeout says how long it may take to pass.
check "smoke" {
  data "http" "app" {
    url                = local.url
    request_timeout_ms = 5000

    depends_on = [aws_ecs_service.app]
  }

  assert {
    condition     = data.http.app.status_code == 200
    error_message = "${local.url} answers with ${data.http.app.status_code}."
  }

  assert {
    condition     = strcontains(data.http.app.response_body, var.expected)
    error_message = "The answer of ${local.url} does not contain \"${var.expected}\"."
  }
}

output "url" {
  description = "Where the app is."
  value       = "http://${aws_lb.main.dns_name}${var.path}"
}

output "image" {
  description = "What has been deployed."
  value       = "${data.aws_ecr_repository.app.repository_url}:${var.tag}"
}
