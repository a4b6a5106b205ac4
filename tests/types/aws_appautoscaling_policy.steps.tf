#> import: ${service_namespace}/${resource_id}/${scalable_dimension}/${name}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_ecs_cluster" "main" {
  name = "scaling-steps-case"
}

resource "aws_ecs_task_definition" "main" {
  family                   = "scaling-steps-case"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "app", image = "app", essential = true }])
}

resource "aws_ecs_service" "main" {
  count           = 2
  name            = "scaling-steps-case-${count.index}"
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

resource "aws_appautoscaling_policy" "it" {
  name               = "scaling-steps-case"
  service_namespace  = aws_appautoscaling_target.main[0].service_namespace
  resource_id        = aws_appautoscaling_target.main[0].resource_id
  scalable_dimension = aws_appautoscaling_target.main[0].scalable_dimension
  policy_type        = "StepScaling"

  step_scaling_policy_configuration {
    adjustment_type          = "PercentChangeInCapacity" #> update: adjustment_type = "ChangeInCapacity"
    cooldown                 = 60                        #> update: cooldown = 90
    metric_aggregation_type  = "Maximum"                 #> update: metric_aggregation_type = "Average"
    min_adjustment_magnitude = 1                         #> update: min_adjustment_magnitude = 2

    step_adjustment {
      metric_interval_lower_bound = 0
      metric_interval_upper_bound = 10 #> update: metric_interval_upper_bound = 20
      scaling_adjustment          = 1  #> update: scaling_adjustment = 2
    }
  }
}
