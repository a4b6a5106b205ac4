#> import: ${name}
#> import-ignores: overwrite

resource "aws_ssm_parameter" "it" {
  name           = "/open-parameter-case/a"
  type           = "String"
  insecure_value = "first" #> update: insecure_value = "second"
}
