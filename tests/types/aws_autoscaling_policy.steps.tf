resource "aws_launch_template" "node" {
  name          = "case-steps"
  image_id      = "ami-1e749f67"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "main" {
  name               = "case-steps"
  min_size           = 0
  max_size           = 0
  availability_zones = ["us-east-1a"]
  launch_template {
    id = aws_launch_template.node.id
  }
}

resource "aws_autoscaling_policy" "it" {
  name                      = "case-steps"
  autoscaling_group_name    = aws_autoscaling_group.main.name
  policy_type               = "StepScaling"
  adjustment_type           = "PercentChangeInCapacity"
  estimated_instance_warmup = 60 #> update: estimated_instance_warmup = 90
  metric_aggregation_type   = "Average" #> update: metric_aggregation_type = "Maximum"
  min_adjustment_magnitude  = 2 #> update: min_adjustment_magnitude = 3

  step_adjustment {
    scaling_adjustment          = 10 #> update: scaling_adjustment = 20
    metric_interval_lower_bound = 0
    metric_interval_upper_bound = 10
  }

  step_adjustment {
    scaling_adjustment          = 30
    metric_interval_lower_bound = "10.0"
  }
}

#> import: ${autoscaling_group_name}/${name}
