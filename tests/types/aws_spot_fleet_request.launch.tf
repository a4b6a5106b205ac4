resource "aws_iam_role" "fleet" {
  name               = "case-fleet-launch"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "spotfleet.amazonaws.com" } }]
  })
}

resource "aws_spot_fleet_request" "it" {
  iam_fleet_role                = aws_iam_role.fleet.arn
  spot_price                    = "0.4"
  target_capacity               = 2
  terminate_instances_on_delete = "true"

  launch_specification {
    ami               = "ami-1e749f67"
    instance_type     = "m5.large" #> replace: instance_type = "c5.large"
    availability_zone = "us-east-1a"
    key_name          = "case"
    monitoring        = true
    weighted_capacity = "2"
    user_data         = "echo one"
    tags = {
      Name = "case"
    }
    root_block_device {
      volume_size = 30
      volume_type = "gp2"
    }
  }
}

#> import-ignores: terminate_instances_on_delete, wait_for_fulfillment
