resource "aws_iam_user" "main" {
  count = 2
  name  = "user-policy-case-${count.index}"
}

resource "aws_iam_user_policy" "it" {
  name_prefix = "read-"            #> replace: name_prefix = "list-"
  user = aws_iam_user.main[0].name #> replace: user = aws_iam_user.main[1].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject" #> update: Action = ["s3:GetObject", "s3:ListBucket"]
      Resource = "*"
    }]
  })
}
