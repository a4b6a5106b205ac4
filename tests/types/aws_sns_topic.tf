data "aws_iam_policy_document" "publish" {
  statement {
    actions   = ["sns:Publish"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "feedback" {
  count              = 2
  name               = "topic-case-${count.index}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_kms_key" "main" {
  description = "topic case"
}

resource "aws_sns_topic" "it" {
  name              = "topic-case"         #> replace: name = "topic-case-new"
  display_name      = "Topic"              #> update: display_name = "Other" #> update:
  kms_master_key_id = aws_kms_key.main.arn #> update: kms_master_key_id = "alias/aws/sns" #> update:
  policy            = data.aws_iam_policy_document.publish.json #> update: policy = replace(data.aws_iam_policy_document.publish.json, "events", "s3")
  signature_version = 1           #> update: signature_version = 2
  tracing_config    = "PassThrough" #> update: tracing_config = "Active"

  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget     = 20
        maxDelayTarget     = 20
        numRetries         = 3 #> update: numRetries = 4
        numMaxDelayRetries = 0
        numNoDelayRetries  = 0
        numMinDelayRetries = 0
        backoffFunction    = "linear"
      }
    }
  })

  application_failure_feedback_role_arn    = aws_iam_role.feedback[0].arn #> update: application_failure_feedback_role_arn = aws_iam_role.feedback[1].arn
  application_success_feedback_role_arn    = aws_iam_role.feedback[0].arn #> update: application_success_feedback_role_arn = aws_iam_role.feedback[1].arn
  application_success_feedback_sample_rate = 50                           #> update: application_success_feedback_sample_rate = 60
  firehose_failure_feedback_role_arn       = aws_iam_role.feedback[0].arn #> update: firehose_failure_feedback_role_arn = aws_iam_role.feedback[1].arn
  firehose_success_feedback_role_arn       = aws_iam_role.feedback[0].arn #> update: firehose_success_feedback_role_arn = aws_iam_role.feedback[1].arn
  firehose_success_feedback_sample_rate    = 50                           #> update: firehose_success_feedback_sample_rate = 60
  http_failure_feedback_role_arn           = aws_iam_role.feedback[0].arn #> update: http_failure_feedback_role_arn = aws_iam_role.feedback[1].arn
  http_success_feedback_role_arn           = aws_iam_role.feedback[0].arn #> update: http_success_feedback_role_arn = aws_iam_role.feedback[1].arn
  http_success_feedback_sample_rate        = 50                           #> update: http_success_feedback_sample_rate = 60
  lambda_failure_feedback_role_arn         = aws_iam_role.feedback[0].arn #> update: lambda_failure_feedback_role_arn = aws_iam_role.feedback[1].arn
  lambda_success_feedback_role_arn         = aws_iam_role.feedback[0].arn #> update: lambda_success_feedback_role_arn = aws_iam_role.feedback[1].arn
  lambda_success_feedback_sample_rate      = 50                           #> update: lambda_success_feedback_sample_rate = 60
  sqs_failure_feedback_role_arn            = aws_iam_role.feedback[0].arn #> update: sqs_failure_feedback_role_arn = aws_iam_role.feedback[1].arn
  sqs_success_feedback_role_arn            = aws_iam_role.feedback[0].arn #> update: sqs_success_feedback_role_arn = aws_iam_role.feedback[1].arn
  sqs_success_feedback_sample_rate         = 50                           #> update: sqs_success_feedback_sample_rate = 60 #> update:

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
