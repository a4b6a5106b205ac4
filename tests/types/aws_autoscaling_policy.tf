resource "aws_launch_template" "node" {
  name          = "case-policy"
  image_id      = "ami-1e749f67"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "main" {
  name               = "case-policy"
  min_size           = 0
  max_size           = 0
  availability_zones = ["us-east-1a"]
  launch_template {
    id = aws_launch_template.node.id
  }
}

resource "aws_autoscaling_policy" "it" {
  name                   = "case-policy" #> replace: name = "case-policy-2"
  autoscaling_group_name = aws_autoscaling_group.main.name
  adjustment_type        = "PercentChangeInCapacity" #> update: adjustment_type = "ChangeInCapacity"
  cooldown               = 60 #> update: cooldown = 90
  enabled                = false #> update: enabled = true
  scaling_adjustment     = 10 #> update: scaling_adjustment = -1
}

#> import: ${autoscaling_group_name}/${name}
