resource "aws_ecr_repository" "it" {
  name                 = "case/repository" #> replace: name = "case/repository-new"
  image_tag_mutability = "MUTABLE"         #> update: image_tag_mutability = "IMMUTABLE"
  force_delete         = true              #> update: force_delete = false

  image_scanning_configuration {
    scan_on_push = true #> update: scan_on_push = false
  }

  encryption_configuration {
    encryption_type = "AES256" #> replace: encryption_type = "KMS"
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
#> import-ignores: force_delete
