#> import-ignores: force_overwrite_replica_secret, recovery_window_in_days

resource "aws_secretsmanager_secret" "it" {
  name_prefix             = "secret-case-" #> replace: name_prefix = "secret-case-new-"
  recovery_window_in_days = 0
}
