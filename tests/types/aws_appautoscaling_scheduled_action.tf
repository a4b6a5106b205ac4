#> import: ${service_namespace}/${resource_id}/${scalable_dimension}/${name}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_ecs_cluster" "main" {
  name = "scheduled-action-case"
}

resource "aws_ecs_task_definition" "main" {
  family                   = "scheduled-action-case"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "app", image = "app", essential = true }])
}

resource "aws_ecs_service" "main" {
  count           = 2
  name            = "scheduled-action-case-${count.index}"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.main.arn
  launch_type     = "FARGATE"

  network_configuration {
    subnets = [aws_subnet.main.id]
  }
}

resource "aws_appautoscaling_target" "main" {
  count              = 2
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.main[count.index].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = 4
}

resource "aws_appautoscaling_scheduled_action" "it" {
  name               = "scheduled-action-case" #> replace: name = "scheduled-action-case-new"
  service_namespace  = aws_appautoscaling_target.main[0].service_namespace
  resource_id        = aws_appautoscaling_target.main[0].resource_id #> replace: resource_id = aws_appautoscaling_target.main[1].resource_id
  scalable_dimension = aws_appautoscaling_target.main[0].scalable_dimension
  schedule           = "cron(0 22 * * ? *)" #> update: schedule = "rate(12 hours)"
  timezone           = "Europe/Berlin"      #> update: timezone = "Asia/Tokyo" #> update:
  start_time         = "2040-01-01T01:00:00+01:00" #> update: start_time = "2041-01-01T00:00:00Z"
  end_time           = "2050-01-01T00:00:00Z"      #> update: end_time = "2051-01-01T00:00:00Z" #> update:

  scalable_target_action {
    min_capacity = 0 #> update: min_capacity = 1
    max_capacity = 1 #> update: max_capacity = 2
  }
}
