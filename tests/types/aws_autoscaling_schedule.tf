resource "aws_launch_template" "node" {
  name          = "case-schedule"
  image_id      = "ami-1e749f67"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "main" {
  name               = "case-schedule"
  min_size           = 0
  max_size           = 0
  availability_zones = ["us-east-1a"]
  launch_template {
    id = aws_launch_template.node.id
  }
}

resource "aws_autoscaling_schedule" "it" {
  scheduled_action_name  = "case-schedule" #> replace: scheduled_action_name = "case-schedule-2"
  autoscaling_group_name = aws_autoscaling_group.main.name
  min_size               = 0
  max_size               = 2 #> update: max_size = 3
  desired_capacity       = -1 #> update: desired_capacity = 1
  recurrence             = "0 18 * * *" #> update: recurrence = "0 19 * * *"
  start_time             = "2040-01-01T18:00:00Z"
  end_time               = "2041-01-01T18:00:00Z" #> update: end_time = "2042-01-01T18:00:00Z"
  time_zone              = "Europe/Berlin" #> update: time_zone = "Europe/Paris"
}

#> import: ${autoscaling_group_name}/${scheduled_action_name}
