resource "aws_launch_template" "node" {
  name          = "case-mixed"
  image_id      = "ami-1e749f67"
  instance_type = "m5.large"
}

resource "aws_launch_template" "other" {
  name          = "case-mixed-other"
  image_id      = "ami-1e749f67"
  instance_type = "m5.large"
}

resource "aws_autoscaling_group" "it" {
  name_prefix        = "case-mixed-" #> replace: name_prefix = "case-mixed-b-"
  min_size           = 0
  max_size           = 0
  availability_zones = ["us-east-1a"] #> update(availability_zones, vpc_zone_identifier): availability_zones = ["us-east-1b"]
  context            = "case"

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = 0
      on_demand_percentage_above_base_capacity = 0 #> update: on_demand_percentage_above_base_capacity = 50
      spot_allocation_strategy                 = "lowest-price"
      spot_instance_pools                      = 2
      spot_max_price                           = "0.4"
    }
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.node.id #> update: launch_template_id = aws_launch_template.other.id
        version            = "1"
      }
      override {
        instance_type     = "m5.large"
        weighted_capacity = "2" #> update: weighted_capacity = "4"
      }
      override {
        instance_type     = "c5.large"
        weighted_capacity = "1"
      }
    }
  }
}

#> import-ignores: force_delete, force_delete_warm_pool, ignore_failed_scaling_activities, wait_for_capacity_timeout
