#> no-disappear: a topic always has a policy

resource "aws_sns_topic" "main" {
  count = 2
  name  = "topic-policy-case-${count.index}"
}

data "aws_iam_policy_document" "publish" {
  statement {
    actions   = ["sns:Publish", "sns:Subscribe"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "it" {
  arn    = aws_sns_topic.main[0].arn                         #> replace: arn = aws_sns_topic.main[1].arn
  policy = data.aws_iam_policy_document.publish.json #> update: policy = replace(data.aws_iam_policy_document.publish.json, "events", "s3")
}
