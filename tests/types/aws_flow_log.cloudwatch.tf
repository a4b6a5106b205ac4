resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_cloudwatch_log_group" "main" {
  name = "flow-log-case"
}

resource "aws_iam_role" "main" {
  name = "flow-log-case"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "vpc-flow-logs.amazonaws.com" } }]
  })
}

resource "aws_flow_log" "it" {
  vpc_id          = aws_vpc.main.id
  log_destination = "${aws_cloudwatch_log_group.main.arn}:*"
  iam_role_arn    = aws_iam_role.main.arn
  traffic_type    = "ALL" #> replace: traffic_type = "ACCEPT"
}
