resource "aws_launch_template" "node" {
  name          = "case-predictive"
  image_id      = "ami-1e749f67"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "main" {
  name               = "case-predictive"
  min_size           = 0
  max_size           = 0
  availability_zones = ["us-east-1a"]
  launch_template {
    id = aws_launch_template.node.id
  }
}

resource "aws_autoscaling_policy" "it" {
  name                   = "case-predictive"
  autoscaling_group_name = aws_autoscaling_group.main.name
  policy_type            = "PredictiveScaling"

  predictive_scaling_configuration {
    mode                         = "ForecastAndScale" #> update: mode = "ForecastOnly"
    max_capacity_breach_behavior = "IncreaseMaxCapacity"
    max_capacity_buffer          = 10
    scheduling_buffer_time       = 30 #> update: scheduling_buffer_time = 60
    metric_specification {
      target_value = 50 #> update: target_value = 60
      predefined_metric_pair_specification {
        predefined_metric_type = "ASGCPUUtilization"
      }
    }
  }
}

#> import: ${autoscaling_group_name}/${name}
