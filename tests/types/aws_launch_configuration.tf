resource "aws_security_group" "node" {
  name = "case-launch-configuration"
}

resource "aws_launch_configuration" "it" {
  name                        = "case-launch-configuration" #> replace: name = "case-launch-configuration-2"
  image_id                    = "ami-1e749f67"
  instance_type               = "t3.micro" #> replace: instance_type = "t3.small"
  associate_public_ip_address = true
  ebs_optimized               = true
  enable_monitoring           = false
  iam_instance_profile        = "case"
  key_name                    = "case"
  security_groups             = [aws_security_group.node.id]
  user_data                   = "echo one" #> replace: user_data = "echo two"

  root_block_device {
    volume_size = 30 #> replace: volume_size = 40
    volume_type = "gp2"
  }

  ebs_block_device {
    device_name = "/dev/sdb"
    volume_size = 8
    volume_type = "gp2"
    encrypted   = true
  }

  ephemeral_block_device {
    device_name  = "/dev/sdc"
    virtual_name = "ephemeral0"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
}
