#> import-ignores: confirmation_timeout_in_minutes, endpoint_auto_confirms

resource "aws_sns_topic" "main" {
  name = "http-subscription-case"
}

resource "aws_sns_topic_subscription" "it" {
  topic_arn                       = aws_sns_topic.main.arn
  protocol                        = "https"
  endpoint                        = "https://example.com/subscription-case"
  endpoint_auto_confirms          = true
  confirmation_timeout_in_minutes = 2

  delivery_policy = jsonencode({
    healthyRetryPolicy = {
      minDelayTarget = 20
      maxDelayTarget = 20
      numRetries     = 3 #> update: numRetries = 4
    }
  })
}
