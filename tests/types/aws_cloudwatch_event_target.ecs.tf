#> import: ${event_bus_name}/${rule}/${target_id}
#> import-ignores: force_destroy

resource "aws_cloudwatch_event_rule" "main" {
  name                = "ecs-target-case"
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "it" {
  rule     = aws_cloudwatch_event_rule.main.name
  arn      = "arn:aws:ecs:us-east-1:123456789012:cluster/main"
  role_arn = "arn:aws:iam::123456789012:role/start"
  input    = jsonencode({ containerOverrides = [{ name = "app", command = ["clean"] }] }) #> update: input = jsonencode({ containerOverrides = [] }) #> update:

  ecs_target {
    task_definition_arn     = "arn:aws:ecs:us-east-1:123456789012:task-definition/clean:1" #> update: task_definition_arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/clean:2"
    task_count              = 2         #> update: task_count = 3 #> update:
    launch_type             = "FARGATE" #> update:
    platform_version        = "1.4.0"   #> update: platform_version = "LATEST"
    group                   = "night"   #> update: group = "day"
    propagate_tags          = "TASK_DEFINITION" #> update:
    enable_ecs_managed_tags = true      #> update: enable_ecs_managed_tags = false
    enable_execute_command  = true      #> update:
    tags                    = { a = "b" } #> update: tags = { a = "c" } #> update:

    network_configuration {
      subnets          = ["subnet-1", "subnet-2"] #> update: subnets = ["subnet-2", "subnet-3"]
      security_groups  = ["sg-1"]                 #> update:
      assign_public_ip = true                     #> update:
    }

    placement_constraint {
      type       = "memberOf"
      expression = "attribute:ecs.os-type == linux" #> update: expression = "attribute:ecs.os-type == windows"
    }

    ordered_placement_strategy {
      type  = "spread"
      field = "host" #> update: field = "attribute:ecs.availability-zone"
    }

    capacity_provider_strategy {
      capacity_provider = "FARGATE"
      base              = 1 #> update: base = 0
      weight            = 1 #> update: weight = 2
    }
  }
}
