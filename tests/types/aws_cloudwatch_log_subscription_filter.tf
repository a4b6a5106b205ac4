#> import: ${log_group_name}|${name}

resource "aws_cloudwatch_log_group" "main" {
  count = 2
  name  = "/subscription-filter-case/${count.index}"
}

resource "aws_cloudwatch_log_group" "sink" {
  count = 2
  name  = "/subscription-filter-case/sink-${count.index}"
}

resource "aws_cloudwatch_log_subscription_filter" "it" {
  name            = "all"                                   #> replace: name = "everything"
  log_group_name  = aws_cloudwatch_log_group.main[0].name #> replace: log_group_name = aws_cloudwatch_log_group.main[1].name
  destination_arn = aws_cloudwatch_log_group.sink[0].arn  #> replace: destination_arn = aws_cloudwatch_log_group.sink[1].arn
  filter_pattern  = ""                                      #> update: filter_pattern = "ERROR"
  role_arn        = "arn:aws:iam::123456789012:role/a"    #> update: role_arn = "arn:aws:iam::123456789012:role/b"
  distribution    = "Random"                                #> update: distribution = "ByLogStream"
}
