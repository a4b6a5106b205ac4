#> import-ignores: confirmation_timeout_in_minutes, endpoint_auto_confirms

resource "aws_sns_topic" "main" {
  count = 2
  name  = "subscription-case-${count.index}"
}

resource "aws_sqs_queue" "main" {
  count = 2
  name  = "subscription-case-${count.index}"
}

resource "aws_sqs_queue" "dead" {
  name = "subscription-case-dead"
}

resource "aws_sns_topic_subscription" "it" {
  topic_arn            = aws_sns_topic.main[0].arn #> replace: topic_arn = aws_sns_topic.main[1].arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.main[0].arn #> replace: endpoint = aws_sqs_queue.main[1].arn
  raw_message_delivery = true                      #> update: raw_message_delivery = false #> update: raw_message_delivery = true
  filter_policy_scope  = "MessageAttributes"       #> update: filter_policy_scope = "MessageBody"

  filter_policy = jsonencode({
    kind = ["a", "b"] #> update: kind = ["c"]
  })

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn }) #> update:

  replay_policy         = jsonencode({ PointType = "Timestamp", StartingPoint = "2030-01-01T00:00:00.000Z" }) #> update:
  subscription_role_arn = "arn:aws:iam::123456789012:role/a" #> update: subscription_role_arn = "arn:aws:iam::123456789012:role/b" #> update:
}
