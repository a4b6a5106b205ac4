resource "aws_sqs_queue" "main" {
  count = 2
  name  = "queue-policy-case-${count.index}"
}

data "aws_iam_policy_document" "send" {
  statement {
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue_policy" "it" {
  queue_url = aws_sqs_queue.main[0].url                 #> replace: queue_url = aws_sqs_queue.main[1].url
  policy    = data.aws_iam_policy_document.send.json #> update: policy = replace(data.aws_iam_policy_document.send.json, "events", "s3")
}
