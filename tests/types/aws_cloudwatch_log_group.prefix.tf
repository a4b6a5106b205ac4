#> import-ignores: skip_destroy

resource "aws_cloudwatch_log_group" "it" {
  name_prefix = "/log-group-case-" #> replace: name_prefix = "/log-group-case-new-"
}
