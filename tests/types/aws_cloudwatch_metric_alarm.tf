resource "aws_sns_topic" "main" {
  count = 2
  name  = "alarm-case-${count.index}"
}

resource "aws_cloudwatch_metric_alarm" "it" {
  alarm_name                = "alarm-case"                   #> replace: alarm_name = "alarm-case-new"
  alarm_description         = "Too hot"                      #> update: alarm_description = "Too cold" #> update:
  comparison_operator       = "GreaterThanThreshold"         #> update: comparison_operator = "LessThanThreshold"
  evaluation_periods        = 3                              #> update: evaluation_periods = 4
  datapoints_to_alarm       = 2                              #> update: datapoints_to_alarm = 3 #> update:
  metric_name               = "CPUUtilization"               #> update: metric_name = "MemoryUtilization"
  namespace                 = "AWS/ECS"                      #> update: namespace = "AWS/EC2"
  period                    = 60                             #> update: period = 120
  statistic                 = "Average"                      #> update: statistic = "Maximum"
  threshold                 = 80.5                           #> update: threshold = 90
  unit                      = "Percent"                      #> update: unit = "Count" #> update:
  treat_missing_data        = "notBreaching"                 #> update: treat_missing_data = "ignore" #> update:
  actions_enabled           = false                          #> update: actions_enabled = true
  alarm_actions             = [aws_sns_topic.main[0].arn]    #> update: alarm_actions = aws_sns_topic.main[*].arn #> update:
  ok_actions                = [aws_sns_topic.main[0].arn]    #> update: ok_actions = aws_sns_topic.main[*].arn #> update:
  insufficient_data_actions = [aws_sns_topic.main[0].arn]    #> update: insufficient_data_actions = aws_sns_topic.main[*].arn #> update:
  dimensions                = { ClusterName = "main" }       #> update: dimensions = { ClusterName = "other" } #> update:

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
