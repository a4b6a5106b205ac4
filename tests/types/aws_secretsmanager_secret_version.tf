#> no-disappear: a version only loses its labels

resource "aws_secretsmanager_secret" "main" {
  count                   = 2
  name                    = "secret-version-case-${count.index}"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "it" {
  secret_id      = aws_secretsmanager_secret.main[0].id #> replace: secret_id = aws_secretsmanager_secret.main[1].id
  secret_string  = "first"                               #> replace: secret_string = "second"
  version_stages = ["AWSCURRENT", "BLUE"]                #> update: version_stages = ["AWSCURRENT", "GREEN"]
}
