resource "aws_launch_template" "node" {
  name          = "case-tracking"
  image_id      = "ami-1e749f67"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "main" {
  name               = "case-tracking"
  min_size           = 0
  max_size           = 0
  availability_zones = ["us-east-1a"]
  launch_template {
    id = aws_launch_template.node.id
  }
}

resource "aws_autoscaling_policy" "it" {
  name                      = "case-tracking"
  autoscaling_group_name    = aws_autoscaling_group.main.name
  policy_type               = "TargetTrackingScaling"
  estimated_instance_warmup = 60

  target_tracking_configuration {
    target_value     = 60.5 #> update: target_value = 70
    disable_scale_in = true #> update: disable_scale_in = false
    customized_metric_specification {
      metrics {
        id = "waiting"
        metric_stat {
          stat = "Sum"
          metric {
            namespace   = "case"
            metric_name = "waiting"
            dimensions {
              name  = "queue"
              value = "one" #> update: value = "two"
            }
          }
        }
        return_data = false
      }
      metrics {
        id         = "each"
        label      = "waiting for each"
        expression = "waiting / 2" #> update: expression = "waiting / 4"
      }
    }
  }
}

#> import: ${autoscaling_group_name}/${name}
