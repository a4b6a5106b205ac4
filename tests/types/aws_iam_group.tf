#> import: ${name}

resource "aws_iam_group" "it" {
  name = "group-case" #> replace: name = "group-case-new"
  path = "/team/"     #> update: path = "/other/"
}
