#> import-ignores: force_overwrite_replica_secret, recovery_window_in_days

resource "aws_kms_key" "main" {
  count       = 2
  description = "secret case"
}

resource "aws_secretsmanager_secret" "it" {
  name                    = "secret-case"             #> replace: name = "secret-case-new"
  description             = "A password"              #> update: description = "A key" #> update:
  kms_key_id              = aws_kms_key.main[0].arn #> update: kms_key_id = aws_kms_key.main[1].arn
  recovery_window_in_days = 0

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

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
