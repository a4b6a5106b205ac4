resource "aws_vpc" "main" {
  cidr_block = "10.42.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.42.1.0/24"
  availability_zone = "us-east-1a"
}

resource "aws_security_group" "one" {
  name   = "case-instance-one"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "two" {
  name   = "case-instance-two"
  vpc_id = aws_vpc.main.id
}

resource "aws_iam_role" "node" {
  name               = "case-instance"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_instance_profile" "one" {
  name = "case-instance-one"
  role = aws_iam_role.node.name
}

resource "aws_iam_instance_profile" "two" {
  name = "case-instance-two"
  role = aws_iam_role.node.name
}

resource "aws_instance" "it" {
  ami                                  = "ami-1e749f67"
  instance_type                        = "t3.micro" #> update(instance_type, public_ip, public_dns): instance_type = "t3.small"
  subnet_id                            = aws_subnet.main.id
  vpc_security_group_ids               = [aws_security_group.one.id] #> update: vpc_security_group_ids = [aws_security_group.two.id]
  private_ip                           = "10.42.1.10" #> replace: private_ip = "10.42.1.11"
  key_name                             = "case-instance"
  iam_instance_profile                 = aws_iam_instance_profile.one.name #> update: iam_instance_profile = aws_iam_instance_profile.two.name
  instance_initiated_shutdown_behavior = "stop" #> update: instance_initiated_shutdown_behavior = "terminate"
  monitoring                           = true #> update: monitoring = false
  source_dest_check                    = false #> update: source_dest_check = true
  disable_api_stop                     = false
  disable_api_termination              = false
  user_data                            = "echo one" #> update(user_data, public_ip, public_dns): user_data = "echo two"

  credit_specification {
    cpu_credits = "standard" #> update: cpu_credits = "unlimited"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required" #> update: http_tokens = "optional"
    http_put_response_hop_limit = 2 #> update: http_put_response_hop_limit = 3
  }

  maintenance_options {
    auto_recovery = "default" #> update: auto_recovery = "disabled"
  }

  root_block_device {
    volume_size           = 8 #> update: volume_size = 30
    volume_type           = "gp3"
    delete_on_termination = true
    tags = {
      use = "root" #> update: use = "system"
    }
  }

  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 10 #> replace(ebs_block_device, id): volume_size = 20
    volume_type = "gp3"
    tags = {
      use = "data" #> update: use = "jobs"
    }
  }

  tags = {
    Name = "one" #> update: Name = "two"
  }
}

#> import-ignores: get_password_data, user_data_replace_on_change
