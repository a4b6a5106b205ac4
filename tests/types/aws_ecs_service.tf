#> import: service-case/${name}
#> import-ignores: force_delete, force_new_deployment, triggers, wait_for_steady_state, service_connect_configuration

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c"][count.index]}"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "service-case-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_lb" "main" {
  name            = "service-case"
  security_groups = [aws_security_group.main[0].id]
  subnets         = aws_subnet.main[*].id
  depends_on      = [aws_internet_gateway.main]
}

resource "aws_lb_target_group" "main" {
  count       = 2
  name        = "service-case-${count.index}"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_listener" "main" {
  count             = 2
  load_balancer_arn = aws_lb.main.arn
  port              = 80 + count.index
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.main[count.index].arn
  }
}

resource "aws_ecs_cluster" "main" {
  name = "service-case"
}

resource "aws_ecs_cluster" "other" {
  name = "service-case-other"
}

resource "aws_service_discovery_http_namespace" "main" {
  name = "service-case"
}

resource "aws_service_discovery_private_dns_namespace" "main" {
  name = "service-case.local"
  vpc  = aws_vpc.main.id
}

resource "aws_service_discovery_service" "main" {
  count = 2
  name  = "service-case-${count.index}"

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.main.id

    dns_records {
      ttl  = 10
      type = "A"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "main" {
  count               = 2
  alarm_name          = "service-case-${count.index}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "HTTPCode_ELB_5XX_Count"
  namespace           = "AWS/ApplicationELB"
  period              = 60
  statistic           = "Sum"
  threshold           = 10
}

resource "aws_ecs_task_definition" "main" {
  count                    = 2
  family                   = "service-case-${count.index}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512

  container_definitions = jsonencode([{
    name         = "web"
    image        = "nginx"
    portMappings = [{ containerPort = 80, name = "http" }, { containerPort = 8080, name = "admin" }]
  }])
}

resource "aws_ecs_service" "it" {
  name                               = "service-case" #> replace: name = "service-case-new"
  cluster                            = aws_ecs_cluster.main.arn
  task_definition                    = aws_ecs_task_definition.main[0].arn #> update: task_definition = aws_ecs_task_definition.main[1].arn
  launch_type                        = "FARGATE"
  platform_version                   = "1.4.0"    #> update: platform_version = "LATEST"
  desired_count                      = 1          #> update: desired_count = 2
  availability_zone_rebalancing      = "DISABLED" #> update: availability_zone_rebalancing = "ENABLED"
  deployment_maximum_percent         = 200        #> update: deployment_maximum_percent = 150
  deployment_minimum_healthy_percent = 100        #> update: deployment_minimum_healthy_percent = 50
  enable_ecs_managed_tags            = true       #> update: enable_ecs_managed_tags = false
  enable_execute_command             = true       #> update: enable_execute_command = false
  force_delete                       = false      #> update: force_delete = true
  force_new_deployment               = false      #> update: force_new_deployment = true
  health_check_grace_period_seconds  = 30         #> update: health_check_grace_period_seconds = 60
  propagate_tags                     = "SERVICE"  #> update: propagate_tags = "TASK_DEFINITION"
  scheduling_strategy                = "REPLICA"
  #> update: triggers = { release = "1" }

  alarms {
    alarm_names = [aws_cloudwatch_metric_alarm.main[0].alarm_name] #> update: alarm_names = aws_cloudwatch_metric_alarm.main[*].alarm_name
    enable      = true
    rollback    = true #> update: rollback = false
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true #> update: rollback = false
  }

  deployment_controller {
    type = "ECS"
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.main[0].arn #> update: target_group_arn = aws_lb_target_group.main[1].arn
    container_name   = "web"
    container_port   = 80 #> update: container_port = 8080
  }

  network_configuration {
    subnets          = slice(aws_subnet.main[*].id, 0, 2) #> update: subnets = aws_subnet.main[*].id
    security_groups  = [aws_security_group.main[0].id]    #> update: security_groups = aws_security_group.main[*].id
    assign_public_ip = false                              #> update: assign_public_ip = true
  }

  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.main.arn

    log_configuration {
      log_driver = "awslogs"
      options    = { awslogs-group = "service-case" } #> update: options = { awslogs-group = "service-case-new" }
    }

    service {
      port_name      = "http"
      discovery_name = "web" #> update: discovery_name = "site"

      client_alias {
        port     = 80 #> update: port = 8080
        dns_name = "web"
      }

      timeout {
        idle_timeout_seconds        = 60
        per_request_timeout_seconds = 10 #> update: per_request_timeout_seconds = 20
      }
    }
  }

  service_registries {
    registry_arn = aws_service_discovery_service.main[0].arn #> update: registry_arn = aws_service_discovery_service.main[1].arn
  }

  tags = {
    team = "edge" #> update: team = "core"
  }

  # Last, as every change after it waits.
  wait_for_steady_state = false #> update: wait_for_steady_state = true

  timeouts {
    create = "10m"
  }

  depends_on = [aws_lb_listener.main]
}
