#> import: ${log_group_name}:${name}

resource "aws_cloudwatch_log_group" "main" {
  count = 2
  name  = "/metric-filter-case/${count.index}"
}

resource "aws_cloudwatch_log_metric_filter" "it" {
  name           = "errors"                              #> replace: name = "failures"
  log_group_name = aws_cloudwatch_log_group.main[0].name #> replace: log_group_name = aws_cloudwatch_log_group.main[1].name
  pattern        = "ERROR"                               #> update: pattern = "FATAL" #> update: pattern = ""

  metric_transformation {
    name          = "Errors" #> update: name = "Failures"
    namespace     = "App"    #> update: namespace = "Web"
    value         = "1"      #> update: value = "$.n"
    default_value = "0"      #> update: default_value = "0.5" #> update:
    unit          = "Count"  #> update: unit = "Bytes" #> update:
    #> update: dimensions = { path = "$.path" }
  }
}
