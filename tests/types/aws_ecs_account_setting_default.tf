#> import: ${name}
#> no-disappear: a setting always has a value

resource "aws_ecs_account_setting_default" "it" {
  name  = "containerInsights" #> replace: name = "containerInstanceLongArnFormat"
  value = "enabled"           #> update: value = "disabled"
}
