resource "aws_lb_target_group" "it" {
  name                               = "target-group-case-lambda"
  target_type                        = "lambda"
  lambda_multi_value_headers_enabled = true #> update: lambda_multi_value_headers_enabled = false

  health_check {
    enabled  = true
    path     = "/health" #> update: path = "/"
    interval = 60        #> update: interval = 35
    timeout  = 30
  }
}
