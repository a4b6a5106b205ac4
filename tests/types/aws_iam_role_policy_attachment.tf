#> import: ${role}/${policy_arn}

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
  name               = "role-attachment-case-${count.index}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "it" {
  role       = aws_iam_role.main[0].name                             #> replace: role = aws_iam_role.main[1].name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" #> replace: policy_arn = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
}
