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
  name               = "role-policy-case-${count.index}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "it" {
  name = "read"                    #> replace: name = "list"
  role = aws_iam_role.main[0].name #> replace: role = aws_iam_role.main[1].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject" #> update: Action = ["s3:GetObject", "s3:ListBucket"]
      Resource = "*"
    }]
  })
}
