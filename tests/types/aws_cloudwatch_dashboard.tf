resource "aws_cloudwatch_dashboard" "it" {
  dashboard_name = "dashboard-case" #> replace: dashboard_name = "dashboard-case-new"

  dashboard_body = jsonencode({
    widgets = [{
      type       = "text"
      x          = 0
      y          = 0
      width      = 6
      height     = 3
      properties = { markdown = "# Hello" } #> update: properties = { markdown = "# World" }
    }]
  })
}
