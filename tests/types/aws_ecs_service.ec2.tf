#> import: service-case-ec2/${name}
#> import-ignores: force_delete, force_new_deployment, triggers, wait_for_steady_state

resource "aws_ecs_cluster" "main" {
  name = "service-case-ec2"
}

resource "aws_ecs_task_definition" "main" {
  family = "service-case-ec2"

  container_definitions = jsonencode([{
    name   = "agent"
    image  = "agent"
    memory = 64
  }])
}

resource "aws_ecs_service" "it" {
  name            = "service-case-ec2"
  cluster         = aws_ecs_cluster.main.name
  task_definition = aws_ecs_task_definition.main.arn
  launch_type     = "EC2"
  desired_count   = 0

  ordered_placement_strategy {
    type  = "spread"
    field = "instanceId" #> update: field = "attribute:ecs.availability-zone"
  }

  placement_constraints {
    type       = "memberOf"
    expression = "attribute:ecs.os-type == linux" #> update: expression = "attribute:ecs.instance-type =~ t3.*"
  }

  #> update: placement_constraints { type = "distinctInstance" }

  scheduling_strategy = "REPLICA" #> replace: scheduling_strategy = "DAEMON" #> replace(scheduling_strategy, deployment_maximum_percent, deployment_minimum_healthy_percent): scheduling_strategy = "REPLICA"
}
