#> import: ${service_namespace}/${resource_id}/${scalable_dimension}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_ecs_cluster" "main" {
  name = "scaling-target-case"
}

resource "aws_ecs_task_definition" "main" {
  family                   = "scaling-target-case"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "app", image = "app", essential = true }])
}

resource "aws_ecs_service" "main" {
  count           = 2
  name            = "scaling-target-case-${count.index}"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.main.arn
  launch_type     = "FARGATE"

  network_configuration {
    subnets = [aws_subnet.main.id]
  }
}

resource "aws_appautoscaling_target" "it" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.main[0].name}" #> replace: resource_id = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.main[1].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0 #> update: min_capacity = 1
  max_capacity       = 4 #> update: max_capacity = 5

  suspended_state {
    dynamic_scaling_in_suspended  = true #> update: dynamic_scaling_in_suspended = false
    dynamic_scaling_out_suspended = true #> update:
    scheduled_scaling_suspended   = true #> update: scheduled_scaling_suspended = false
  }

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
