#> no-import: a policy's holders have no name of their own

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "main" {
  count              = 2
  name               = "policy-attachment-case-${count.index}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_user" "main" {
  count = 2
  name  = "policy-attachment-case-${count.index}"
}

resource "aws_iam_group" "main" {
  count = 2
  name  = "policy-attachment-case-${count.index}"
}

resource "aws_iam_policy" "main" {
  count = 2
  name  = "policy-attachment-case-${count.index}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }]
  })
}

resource "aws_iam_policy_attachment" "it" {
  name       = "policy-attachment-case"     #> replace: name = "policy-attachment-case-new"
  policy_arn = aws_iam_policy.main[0].arn   #> replace: policy_arn = aws_iam_policy.main[1].arn
  roles      = [aws_iam_role.main[0].name]  #> update: roles = aws_iam_role.main[*].name
  users      = [aws_iam_user.main[0].name]  #> update: users = [aws_iam_user.main[1].name]
  groups     = [aws_iam_group.main[0].name] #> update:
}
