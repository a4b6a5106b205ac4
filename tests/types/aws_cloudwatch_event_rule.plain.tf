#> import-ignores: force_destroy

resource "aws_cloudwatch_event_rule" "it" {
  name                = "event-rule-plain-case"
  schedule_expression = "rate(1 day)" #> update: schedule_expression = "rate(2 days)"
  #> unseen(is_enabled, state): state = "DISABLED" #> update(is_enabled, state): state = "ENABLED"
}
