#> import: ${name}
#> import-ignores: force_detach_policies

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "boundary" {
  count = 2
  name  = "role-case-${count.index}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

resource "aws_iam_role" "it" {
  name                  = "role-case"  #> replace: name = "role-case-new"
  path                  = "/team/"     #> replace: path = "/other/"
  description           = "Runs tasks" #> update: description = "Runs services" #> update:
  assume_role_policy    = data.aws_iam_policy_document.assume.json #> update: assume_role_policy = replace(data.aws_iam_policy_document.assume.json, "ec2", "ecs")
  max_session_duration  = 7200                              #> update: max_session_duration = 3600
  permissions_boundary  = aws_iam_policy.boundary[0].arn #> update: permissions_boundary = aws_iam_policy.boundary[1].arn #> update:
  force_detach_policies = true

  managed_policy_arns = [
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    #> update(managed_policy_arns): "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess",
  ]

  inline_policy {
    name   = "list" #> update: name = "read"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }] })
  }

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
