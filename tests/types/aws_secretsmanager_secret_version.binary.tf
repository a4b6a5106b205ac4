#> no-disappear: a version only loses its labels

resource "aws_secretsmanager_secret" "main" {
  name                    = "secret-binary-case"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "it" {
  secret_id     = aws_secretsmanager_secret.main.id
  secret_binary = base64encode("first") #> replace: secret_binary = base64encode("second")
}
