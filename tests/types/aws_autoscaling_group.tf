resource "aws_vpc" "main" {
  cidr_block = "10.41.0.0/16"
}

resource "aws_subnet" "one" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.41.1.0/24"
  availability_zone = "us-east-1a"
}

resource "aws_subnet" "two" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.41.2.0/24"
  availability_zone = "us-east-1b"
}

resource "aws_lb_target_group" "one" {
  name     = "case-group-one"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_lb_target_group" "two" {
  name     = "case-group-two"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_launch_template" "node" {
  name          = "case-group"
  image_id      = "ami-1e749f67"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "it" {
  name                      = "case-group" #> replace: name = "case-group-2"
  min_size                  = 1
  max_size                  = 3 #> update: max_size = 4
  desired_capacity          = 2 #> update: desired_capacity = 3
  vpc_zone_identifier       = [aws_subnet.one.id, aws_subnet.two.id] #> update(vpc_zone_identifier, availability_zones): vpc_zone_identifier = [aws_subnet.one.id]
  capacity_rebalance        = true #> update: capacity_rebalance = false
  default_cooldown          = 60 #> update: default_cooldown = 90
  default_instance_warmup   = 30 #> update: default_instance_warmup = 40
  desired_capacity_type     = "units"
  enabled_metrics           = ["GroupMinSize", "GroupMaxSize"] #> update: enabled_metrics = ["GroupMinSize", "GroupInServiceInstances"]
  force_delete              = false
  health_check_grace_period = 0 #> update: health_check_grace_period = 60
  health_check_type         = "EC2" #> update: health_check_type = "ELB"
  max_instance_lifetime     = 86400 #> update: max_instance_lifetime = 172800
  metrics_granularity       = "1Minute"
  protect_from_scale_in     = true
  suspended_processes       = ["AZRebalance"] #> update: suspended_processes = ["AlarmNotification"]
  target_group_arns         = [aws_lb_target_group.one.arn] #> update(target_group_arns, traffic_source, load_balancers): target_group_arns = [aws_lb_target_group.two.arn]
  termination_policies      = ["OldestInstance", "Default"] #> update: termination_policies = ["NewestInstance"]
  wait_for_capacity_timeout = "5m"

  launch_template {
    id      = aws_launch_template.node.id
    version = "1" #> update(launch_template): version = "$Latest"
  }

  initial_lifecycle_hook {
    name                 = "first"
    default_result       = "CONTINUE"
    heartbeat_timeout    = 30
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
  }

  instance_maintenance_policy {
    min_healthy_percentage = 90 #> update: min_healthy_percentage = 80
    max_healthy_percentage = 120
  }

  instance_refresh {
    strategy = "Rolling"
    triggers = ["tag"]
    preferences {
      min_healthy_percentage = 50 #> update: min_healthy_percentage = 60
      instance_warmup        = 30
    }
  }

  warm_pool {
    pool_state                  = "Stopped" #> update: pool_state = "Running"
    min_size                    = 0
    max_group_prepared_capacity = 4
    instance_reuse_policy {
      reuse_on_scale_in = true #> update: reuse_on_scale_in = false
    }
  }

  tag {
    key                 = "Name"
    value               = "one" #> update: value = "two"
    propagate_at_launch = true
  }

  tag {
    key                 = "team"
    value               = "edge"
    propagate_at_launch = false #> update: propagate_at_launch = true
  }
}

#> import-ignores: initial_lifecycle_hook, instance_refresh, force_delete, force_delete_warm_pool, ignore_failed_scaling_activities, wait_for_capacity_timeout
