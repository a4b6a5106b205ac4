resource "aws_security_group" "node" {
  name = "case-launch-template"
}

resource "aws_launch_template" "it" {
  name                                 = "case-launch-template" #> replace: name = "case-launch-template-2"
  description                          = "first" #> update(description, latest_version): description = "second"
  image_id                             = "ami-1e749f67"
  instance_type                        = "t3.micro" #> update(instance_type, latest_version): instance_type = "t3.small"
  ebs_optimized                        = "true" #> update(ebs_optimized, latest_version): ebs_optimized = "false"
  instance_initiated_shutdown_behavior = "terminate"
  disable_api_stop                     = true
  disable_api_termination              = true
  key_name                             = "case"
  user_data                            = base64encode("echo one") #> update(user_data, latest_version): user_data = base64encode("echo two")
  vpc_security_group_ids               = [aws_security_group.node.id]

  block_device_mappings {
    device_name = "/dev/sda1"
    ebs {
      delete_on_termination = "true"
      encrypted             = "true"
      volume_size           = 8 #> update(block_device_mappings, latest_version): volume_size = 30
      volume_type           = "gp3"
      iops                  = 3000
      throughput            = 125
    }
  }

  block_device_mappings {
    device_name  = "/dev/sdb"
    virtual_name = "ephemeral0"
  }

  capacity_reservation_specification {
    capacity_reservation_preference = "open"
  }

  cpu_options {
    core_count       = 1
    threads_per_core = 2
  }

  credit_specification {
    cpu_credits = "standard" #> update(credit_specification, latest_version): cpu_credits = "unlimited"
  }

  enclave_options {
    enabled = false
  }

  hibernation_options {
    configured = false
  }

  iam_instance_profile {
    name = "case"
  }

  instance_market_options {
    market_type = "spot"
    spot_options {
      max_price          = "0.4"
      spot_instance_type = "one-time"
    }
  }

  license_specification {
    license_configuration_arn = "arn:aws:license-manager:us-east-1:123456789012:license-configuration:lic-0123456789abcdef0123456789abcdef"
  }

  maintenance_options {
    auto_recovery = "disabled"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required" #> update(metadata_options, latest_version): http_tokens = "optional"
    http_put_response_hop_limit = 2
    instance_metadata_tags      = "enabled"
  }

  monitoring {
    enabled = true #> update(monitoring, latest_version): enabled = false
  }

  placement {
    availability_zone = "us-east-1a"
    tenancy           = "default"
  }

  private_dns_name_options {
    enable_resource_name_dns_a_record = true
    hostname_type                     = "resource-name"
  }

  tag_specifications {
    resource_type = "instance"
    tags = {
      Name = "one" #> update(tag_specifications, latest_version): Name = "two"
    }
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
