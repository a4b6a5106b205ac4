#> import-ignores: force_destroy

resource "aws_iam_role" "main" {
  name = "event-rule-case"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_event_rule" "it" {
  name                = "event-rule-case"     #> replace: name = "event-rule-case-new"
  description         = "Every night"         #> update: description = "Every day" #> update:
  schedule_expression = "cron(0 2 * * ? *)"   #> update: schedule_expression = "rate(1 day)"
  event_pattern       = jsonencode({ source = ["aws.ecs"] }) #> update: event_pattern = jsonencode({ source = ["aws.ec2"] }) #> update:
  role_arn            = aws_iam_role.main.arn #> update:
  state               = "ENABLED"             #> update(is_enabled, state): state = "DISABLED"
  force_destroy       = true

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
