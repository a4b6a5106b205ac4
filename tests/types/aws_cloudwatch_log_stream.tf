#> import: ${log_group_name}:${name}

resource "aws_cloudwatch_log_group" "main" {
  count = 2
  name  = "/log-stream-case/${count.index}"
}

resource "aws_cloudwatch_log_stream" "it" {
  name           = "web"                                   #> replace: name = "api"
  log_group_name = aws_cloudwatch_log_group.main[0].name #> replace: log_group_name = aws_cloudwatch_log_group.main[1].name
}
