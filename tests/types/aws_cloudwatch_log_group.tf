#> import-ignores: skip_destroy

resource "aws_kms_key" "main" {
  count       = 2
  description = "log group case"
}

resource "aws_cloudwatch_log_group" "it" {
  name              = "/log-group-case"       #> replace: name = "/log-group-case/new"
  retention_in_days = 7                       #> update: retention_in_days = 14 #> update:
  kms_key_id        = aws_kms_key.main[0].arn #> update: kms_key_id = aws_kms_key.main[1].arn #> update:
  log_group_class   = "INFREQUENT_ACCESS"     #> replace: log_group_class = "STANDARD"
  skip_destroy      = false

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
