#> import: ${name}
#> import-ignores: overwrite

resource "aws_ssm_parameter" "it" {
  name            = "/parameter-case/a" #> replace: name = "/parameter-case/b"
  type            = "String"            #> update: type = "StringList"
  value           = "first"             #> update: value = "second"
  description     = "A setting"         #> update: description = "Another"
  allowed_pattern = "^[a-z]+$"          #> update: allowed_pattern = "^[a-z0-9]+$"
  tier            = "Standard"          #> update: tier = "Advanced"
  data_type       = "text"

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
