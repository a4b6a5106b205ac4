# Finds the VPC by its name.

variable "vpc_name" {
  type = string
}

data "aws_vpc" "vpc" {
  tags = {
    Name = var.vpc_name
  }
}

output "id" {
  value = data.aws_vpc.vpc.id
}

output "cidr_block" {
  value = data.aws_vpc.vpc.cidr_block
}
