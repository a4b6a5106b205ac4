#> import: ${service_namespace}/${resource_id}/${scalable_dimension}/${name}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_ecs_cluster" "main" {
  name = "scaling-policy-case"
}

resource "aws_ecs_task_definition" "main" {
  family                   = "scaling-policy-case"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "app", image = "app", essential = true }])
}

resource "aws_ecs_service" "main" {
  count           = 2
  name            = "scaling-policy-case-${count.index}"
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
  name               = "scaling-policy-case" #> replace: name = "scaling-policy-case-new"
  service_namespace  = aws_appautoscaling_target.main[0].service_namespace
  resource_id        = aws_appautoscaling_target.main[0].resource_id #> replace: resource_id = aws_appautoscaling_target.main[1].resource_id
  scalable_dimension = aws_appautoscaling_target.main[0].scalable_dimension
  policy_type        = "TargetTrackingScaling"

  target_tracking_scaling_policy_configuration {
    target_value       = 62.5 #> update: target_value = 70
    scale_in_cooldown  = 30   #> update: scale_in_cooldown = 60
    scale_out_cooldown = 30   #> update: scale_out_cooldown = 60
    disable_scale_in   = true #> update: disable_scale_in = false

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization" #> update: predefined_metric_type = "ECSServiceAverageMemoryUtilization"
    }
  }
}
