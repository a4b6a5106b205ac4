#> import: ${arn}

resource "aws_iam_policy" "it" {
  name        = "policy-case"   #> replace: name = "policy-case-new"
  path        = "/team/"        #> replace: path = "/other/"
  description = "Reads buckets" #> replace: description = "Lists buckets"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Read"
      Effect   = "Allow"
      Action   = ["s3:ListBucket", "s3:GetObject"] #> update: Action = ["s3:ListBucket"]
      Resource = "*"                               #> update: Resource = ["arn:aws:s3:::a", "arn:aws:s3:::a/*"]
    }]
  })

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
