#> import: ${rule}/${target_id}
#> import-ignores: force_destroy

resource "aws_cloudwatch_event_rule" "main" {
  count               = 2
  name                = "event-target-case-${count.index}"
  schedule_expression = "rate(1 day)"
}

resource "aws_sqs_queue" "main" {
  count = 2
  name  = "event-target-case-${count.index}"
}

resource "aws_cloudwatch_event_target" "it" {
  rule          = aws_cloudwatch_event_rule.main[0].name #> replace: rule = aws_cloudwatch_event_rule.main[1].name
  target_id     = "queue"                                #> replace: target_id = "other"
  arn           = aws_sqs_queue.main[0].arn              #> update: arn = aws_sqs_queue.main[1].arn
  role_arn      = "arn:aws:iam::123456789012:role/a"     #> update: role_arn = "arn:aws:iam::123456789012:role/b" #> update:
  force_destroy = true

  dead_letter_config {
    arn = aws_sqs_queue.main[0].arn #> update: arn = aws_sqs_queue.main[1].arn
  }

  input_transformer {
    input_paths    = { id = "$.detail.id" } #> update: input_paths = { id = "$.id" }
    input_template = "{\"id\": <id>}"       #> update: input_template = "{\"it\": <id>}"
  }

  retry_policy {
    maximum_event_age_in_seconds = 60 #> update: maximum_event_age_in_seconds = 120
    maximum_retry_attempts       = 3  #> update: maximum_retry_attempts = 0
  }

  sqs_target {
    message_group_id = "a" #> update: message_group_id = "b"
  }
}
