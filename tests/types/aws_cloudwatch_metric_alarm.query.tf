resource "aws_cloudwatch_metric_alarm" "it" {
  alarm_name          = "alarm-query-case"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 2
  threshold           = 10

  metric_query {
    id          = "rate"
    expression  = "errors / requests * 100" #> update: expression = "errors / requests"
    label       = "Error rate"              #> update: label = "Rate"
    return_data = true
  }

  metric_query {
    id = "errors"

    metric {
      metric_name = "HTTPCode_Target_5XX_Count"
      namespace   = "AWS/ApplicationELB"
      period      = 120   #> update: period = 60
      stat        = "Sum" #> update: stat = "Average"
      unit        = "Count"

      dimensions = {
        LoadBalancer = "app/web" #> update: LoadBalancer = "app/api"
      }
    }
  }

  metric_query {
    id = "requests"

    metric {
      metric_name = "RequestCount"
      namespace   = "AWS/ApplicationELB"
      period      = 120
      stat        = "Sum"
      unit        = "Count"

      dimensions = {
        LoadBalancer = "app/web"
      }
    }
  }
}
