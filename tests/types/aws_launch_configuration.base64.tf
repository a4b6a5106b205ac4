resource "aws_launch_configuration" "it" {
  name_prefix      = "case-base64-" #> replace: name_prefix = "case-base64-b-"
  image_id         = "ami-1e749f67"
  instance_type    = "t3.micro"
  spot_price       = "0.1" #> replace: spot_price = "0.2"
  user_data_base64 = base64encode("echo one") #> replace(user_data, user_data_base64): user_data_base64 = base64encode("echo two")
}
