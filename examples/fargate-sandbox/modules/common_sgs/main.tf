# The security groups that every service shares.

variable "vpc_id" {
  type = string
}

data "aws_security_group" "cmscloud-security-tools" {
  vpc_id = var.vpc_id
  name   = "cmscloud-security-tools"
}

data "aws_security_group" "cmscloud-shared-services" {
  vpc_id = var.vpc_id
  name   = "cmscloud-shared-services"
}

data "aws_security_group" "cmscloud-vpn" {
  vpc_id = var.vpc_id
  name   = "cmscloud-vpn"
}

output "ids" {
  value = [
    data.aws_security_group.cmscloud-security-tools.id,
    data.aws_security_group.cmscloud-shared-services.id,
    data.aws_security_group.cmscloud-vpn.id,
  ]
}
