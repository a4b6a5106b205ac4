#> import: ${group}/${policy_arn}

resource "aws_iam_group" "main" {
  count = 2
  name  = "group-attachment-case-${count.index}"
}

resource "aws_iam_policy" "main" {
  count = 2
  name  = "group-attachment-case-${count.index}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }]
  })
}

resource "aws_iam_group_policy_attachment" "it" {
  group = aws_iam_group.main[0].name #> replace: group = aws_iam_group.main[1].name
  policy_arn = aws_iam_policy.main[0].arn #> replace: policy_arn = aws_iam_policy.main[1].arn
}
