#> import-ignores: force_destroy

resource "aws_cloudwatch_event_rule" "it" {
  name_prefix         = "event-rule-case-" #> replace: name_prefix = "event-rule-case-new-"
  event_bus_name      = "default"
  schedule_expression = "rate(2 hours)"
  is_enabled          = false #> update(is_enabled, state): is_enabled = true
}
