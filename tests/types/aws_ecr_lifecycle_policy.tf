resource "aws_ecr_repository" "main" {
  name = "case/lifecycle"
}

resource "aws_ecr_repository" "other" {
  name = "case/lifecycle-other"
}

resource "aws_ecr_lifecycle_policy" "it" {
  repository = aws_ecr_repository.main.name #> replace: repository = aws_ecr_repository.other.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "few"
      action       = { type = "expire" }
      selection = {
        tagStatus   = "any"
        countType   = "imageCountMoreThan"
        countNumber = 5 #> update: countNumber = 6
      }
    }]
  })
}
