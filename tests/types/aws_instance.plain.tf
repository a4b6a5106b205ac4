resource "aws_instance" "it" {
  ami                         = "ami-1e749f67"
  instance_type               = "t3.micro"
  availability_zone           = "us-east-1a" #> replace: availability_zone = "us-east-1b"
  user_data_base64            = base64encode("echo one") #> replace(id, user_data, user_data_base64): user_data_base64 = base64encode("echo two")
  user_data_replace_on_change = true
  volume_tags = {
    cost = "1" #> update(volume_tags, root_block_device): cost = "2"
  }

  root_block_device {
    volume_size = 8
  }
}

#> import-ignores: get_password_data, user_data_replace_on_change, user_data_base64, volume_tags
