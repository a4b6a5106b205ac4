#> import: ${name}
#> import-ignores: overwrite

resource "aws_kms_key" "main" {
  count       = 2
  description = "parameter case"
}

resource "aws_ssm_parameter" "it" {
  name   = "/secure-parameter-case/a"
  type   = "SecureString"
  value  = "first"                    #> update: value = "second"
  key_id = aws_kms_key.main[0].id #> update: key_id = aws_kms_key.main[1].id
}
