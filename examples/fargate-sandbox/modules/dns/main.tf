# A private zone for the services in the VPC.

variable "vpc_name" {
  type = string
}

variable "zone_name" {
  type = string
}

module "vpc" {
  source   = "../vpc"
  vpc_name = var.vpc_name
}

resource "aws_route53_zone" "zone" {
  name = var.zone_name

  vpc {
    vpc_id = module.vpc.id
  }
}

output "zone_id" {
  value = aws_route53_zone.zone.zone_id
}

output "zone_name" {
  value = aws_route53_zone.zone.name
}
