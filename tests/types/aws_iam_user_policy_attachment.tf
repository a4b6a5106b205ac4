#> import: ${user}/${policy_arn}

resource "aws_iam_user" "main" {
  count = 2
  name  = "user-attachment-case-${count.index}"
}

resource "aws_iam_policy" "main" {
  count = 2
  name  = "user-attachment-case-${count.index}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }]
  })
}

resource "aws_iam_user_policy_attachment" "it" {
  user = aws_iam_user.main[0].name #> replace: user = aws_iam_user.main[1].name
  policy_arn = aws_iam_policy.main[0].arn #> replace: policy_arn = aws_iam_policy.main[1].arn
}
