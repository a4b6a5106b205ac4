data "aws_iam_policy_document" "send" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue" "dead" {
  name = "queue-case-dead"
}

resource "aws_sqs_queue" "it" {
  name                       = "queue-case" #> replace: name = "queue-case-new"
  delay_seconds              = 5            #> update: delay_seconds = 9 #> update:
  max_message_size           = 2048         #> update: max_message_size = 4096 #> update:
  message_retention_seconds  = 86400        #> update: message_retention_seconds = 172800 #> update:
  receive_wait_time_seconds  = 10           #> update: receive_wait_time_seconds = 20 #> update:
  visibility_timeout_seconds = 60           #> update: visibility_timeout_seconds = 0 #> update:
  sqs_managed_sse_enabled    = true         #> update: sqs_managed_sse_enabled = false
  policy                     = data.aws_iam_policy_document.send.json #> update: policy = replace(data.aws_iam_policy_document.send.json, "events", "s3")

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 3 #> update: maxReceiveCount = "4"
  })

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.dead.arn] #> update: sourceQueueArns = ["arn:aws:sqs:us-east-1:123456789012:other"]
  })

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
