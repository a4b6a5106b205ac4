# Spot instances, as many as the tasks need.

data "aws_ssm_parameter" "image" {
  name = var.image_parameter
}

data "aws_partition" "current" {}

resource "aws_iam_role" "node" {
  name = "ecs-${var.cluster}-node"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "node" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "node" {
  name = aws_iam_role.node.name
  role = aws_iam_role.node.name
}

resource "aws_launch_template" "node" {
  name                   = "ecs-${var.cluster}"
  image_id               = data.aws_ssm_parameter.image.insecure_value
  update_default_version = true

  # A node that is taken back says so to ECS, which then moves its tasks.
  user_data = base64encode(<<-EOT
    #!/bin/bash
    echo ECS_CLUSTER=${aws_ecs_cluster.main.name} >> /etc/ecs/ecs.config
    echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config
  EOT
  )

  iam_instance_profile {
    arn = aws_iam_instance_profile.node.arn
  }

  monitoring {
    enabled = true
  }

  metadata_options {
    http_tokens = "required"
  }

  network_interfaces {
    associate_public_ip_address = true
    security_groups             = [aws_security_group.nodes.id]
  }
}

resource "aws_autoscaling_group" "nodes" {
  name                  = "ecs-${var.cluster}"
  min_size              = var.instances.min
  max_size              = var.instances.max
  vpc_zone_identifier   = [for it in aws_subnet.public : it.id]
  capacity_rebalance    = true
  enabled_metrics       = ["GroupDesiredCapacity", "GroupInServiceInstances"]
  protect_from_scale_in = true

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = 0
      on_demand_percentage_above_base_capacity = 0
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.node.id
        version            = aws_launch_template.node.latest_version
      }

      dynamic "override" {
        for_each = var.instance_types

        content {
          instance_type = override.value
        }
      }
    }
  }

  instance_refresh {
    strategy = "Rolling"
  }

  # ECS gives it to groups that it scales.
  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  depends_on = [
    aws_iam_role_policy_attachment.node,
    aws_route_table_association.public,
    aws_vpc_security_group_egress_rule.nodes,
  ]
}

resource "aws_ecs_capacity_provider" "spot" {
  name = "${var.cluster}-spot"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.nodes.arn
    managed_termination_protection = "ENABLED"

    # A fifth of what there is stays free, for versions that come beside the live one.
    managed_scaling {
      status          = "ENABLED"
      target_capacity = 80
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = [aws_ecs_capacity_provider.spot.name]

  default_capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.spot.name
    weight            = 1
  }
}
