# The instances that join the cluster.

data "aws_ssm_parameter" "image" {
  name = var.image_parameter
}

resource "aws_key_pair" "debugging" {
  key_name   = var.cluster
  public_key = var.public_key
}

resource "aws_launch_template" "instance" {
  name                   = var.cluster
  image_id               = data.aws_ssm_parameter.image.insecure_value
  instance_type          = var.instance_type
  key_name               = aws_key_pair.debugging.key_name
  update_default_version = true

  user_data = base64encode(<<-EOT
    #!/bin/bash
    echo ECS_CLUSTER=${aws_ecs_cluster.apps.name} >> /etc/ecs/ecs.config
  EOT
  )

  iam_instance_profile {
    arn = aws_iam_instance_profile.instance.arn
  }

  monitoring {
    enabled = true
  }

  metadata_options {
    http_tokens = "required"
  }

  # Containers reach the Internet through the address of their instance.
  network_interfaces {
    associate_public_ip_address = true
    security_groups             = [aws_security_group.instances.id]
  }

  tag_specifications {
    resource_type = "instance"

    tags = {
      Name = var.cluster
    }
  }
}

# A new version of the template replaces the instances, a few at a time.
resource "aws_autoscaling_group" "instances" {
  name                      = var.cluster
  min_size                  = var.instances.min
  max_size                  = var.instances.max
  vpc_zone_identifier       = [for it in aws_subnet.apps : it.id]
  health_check_grace_period = 0

  launch_template {
    id      = aws_launch_template.instance.id
    version = aws_launch_template.instance.latest_version
  }

  instance_refresh {
    strategy = "Rolling"
  }

  # An instance that starts before these are there cannot register with the cluster.
  depends_on = [
    aws_iam_role_policy_attachment.suggested,
    aws_route.internet,
    aws_route_table_association.apps,
    aws_vpc_security_group_egress_rule.instances,
  ]
}
