data "aws_iam_policy_document" "write" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:aws:logs:*"]

    principals {
      type        = "Service"
      identifiers = ["es.amazonaws.com"]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "it" {
  policy_name     = "log-resource-policy-case"              #> replace: policy_name = "log-resource-policy-case-new"
  policy_document = data.aws_iam_policy_document.write.json #> update: policy_document = replace(data.aws_iam_policy_document.write.json, "es.", "events.")
}
