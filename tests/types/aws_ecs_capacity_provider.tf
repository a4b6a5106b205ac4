#> import: ${name}
provider "aws" {
  region = "us-east-1"
}

resource "aws_launch_template" "node" {
  name          = "case-provider"
  image_id      = "ami-1e749f67"
  instance_type = "t3.small"
}

resource "aws_autoscaling_group" "nodes" {
  name                  = "case-provider"
  min_size              = 0
  max_size              = 2
  desired_capacity      = 0
  availability_zones    = ["us-east-1a"]
  protect_from_scale_in = true
  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }
  tag {
    key                 = "AmazonECSManaged"
    value               = ""
    propagate_at_launch = true
  }
}

resource "aws_ecs_capacity_provider" "it" {
  name = "case-provider" #> replace: name = "case-provider-2"
  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.nodes.arn
    managed_termination_protection = "ENABLED" #> update: managed_termination_protection = "DISABLED"
    managed_scaling {
      status          = "ENABLED"
      target_capacity = 90 #> update: target_capacity = 80
    }
  }
  tags = { team = "edge" } #> update(tags, tags_all): tags = { team = "core" }
}
