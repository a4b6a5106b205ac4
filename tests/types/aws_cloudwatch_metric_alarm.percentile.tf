resource "aws_cloudwatch_metric_alarm" "it" {
  alarm_name                            = "alarm-percentile-case"
  comparison_operator                   = "GreaterThanThreshold"
  evaluation_periods                    = 2
  threshold                             = 10
  metric_name                           = "TargetResponseTime"
  namespace                             = "AWS/ApplicationELB"
  period                                = 60
  extended_statistic                    = "p99"      #> update: extended_statistic = "p95"
  evaluate_low_sample_count_percentiles = "evaluate" #> update: evaluate_low_sample_count_percentiles = "ignore"
}
