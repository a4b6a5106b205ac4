#> import: ${name}
#> import-ignores: force_destroy

resource "aws_iam_policy" "boundary" {
  count = 2
  name  = "user-case-${count.index}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

resource "aws_iam_user" "it" {
  name                 = "user-case"                       #> replace: name = "user-case-new"
  path                 = "/team/"                          #> update: path = "/other/"
  permissions_boundary = aws_iam_policy.boundary[0].arn #> update: permissions_boundary = aws_iam_policy.boundary[1].arn #> update:
  force_destroy        = true

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
