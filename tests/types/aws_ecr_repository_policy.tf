resource "aws_ecr_repository" "main" {
  name = "case/policy"
}

resource "aws_ecr_repository" "other" {
  name = "case/policy-other"
}

resource "aws_ecr_repository_policy" "it" {
  repository = aws_ecr_repository.main.name #> replace: repository = aws_ecr_repository.other.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::123456789012:root" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] #> update: Action = ["ecr:BatchGetImage"]
    }]
  })
}
