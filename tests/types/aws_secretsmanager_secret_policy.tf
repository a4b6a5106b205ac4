#> import-ignores: block_public_policy

resource "aws_secretsmanager_secret" "main" {
  count                   = 2
  name                    = "secret-policy-case-${count.index}"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_policy" "it" {
  secret_arn          = aws_secretsmanager_secret.main[0].arn #> replace: secret_arn = aws_secretsmanager_secret.main[1].arn
  block_public_policy = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Read"
      Effect    = "Allow"
      Action    = "secretsmanager:GetSecretValue" #> update: Action = "secretsmanager:*"
      Principal = { AWS = "123456789012" }
      Resource  = "*"
    }]
  })
}
