resource "aws_iam_role" "fleet" {
  name               = "case-fleet"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "spotfleet.amazonaws.com" } }]
  })
}

resource "aws_launch_template" "node" {
  name          = "case-fleet"
  image_id      = "ami-1e749f67"
  instance_type = "m5.large"
}

resource "aws_spot_fleet_request" "it" {
  iam_fleet_role                      = aws_iam_role.fleet.arn
  allocation_strategy                 = "lowestPrice"
  excess_capacity_termination_policy  = "Default" #> update: excess_capacity_termination_policy = "NoTermination"
  fleet_type                          = "maintain"
  replace_unhealthy_instances         = true
  spot_price                          = "0.4" #> replace: spot_price = "0.5"
  target_capacity                     = 4 #> update: target_capacity = 8
  terminate_instances_on_delete       = "true"
  terminate_instances_with_expiration = true
  valid_until                         = "2040-01-01T00:00:00Z"
  wait_for_fulfillment                = true

  launch_template_config {
    launch_template_specification {
      id      = aws_launch_template.node.id
      version = aws_launch_template.node.latest_version
    }
    overrides {
      instance_type     = "m5.large"
      weighted_capacity = 2 #> replace: weighted_capacity = 4
    }
    overrides {
      instance_type     = "c5.large"
      weighted_capacity = 2
    }
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}

#> import-ignores: terminate_instances_on_delete, wait_for_fulfillment
