# The network that the sandbox takes for granted: a VPC with two public and two private subnets, and
# the three security groups that every service in it shares.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "vpc_name" {
  type        = string
  default     = "sandbox-east-dev"
  description = "The Name tag by which services find the VPC."
}

variable "cidr" {
  type    = string
  default = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0))
    error_message = "The cidr must be a range such as 10.20.0.0/16."
  }
}

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, 2)

  subnets = merge([
    for n, zone in local.zones : {
      "public-${zone}"  = { zone = zone, use = "public", cidr = cidrsubnet(var.cidr, 8, n) }
      "private-${zone}" = { zone = zone, use = "private", cidr = cidrsubnet(var.cidr, 8, n + 100) }
    }
  ]...)
}

data "aws_availability_zones" "available" {
  state = "available"
}

resource "aws_vpc" "main" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true

  tags = {
    Name = var.vpc_name
  }
}

resource "aws_subnet" "all" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.main.id
  availability_zone       = each.value.zone
  cidr_block              = each.value.cidr
  map_public_ip_on_launch = each.value.use == "public"

  tags = {
    Name = "${var.vpc_name}-${each.key}"
    use  = each.value.use
  }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name = var.vpc_name
  }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name = "${var.vpc_name}-public"
  }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "public" {
  for_each = { for name, it in local.subnets : name => it if it.use == "public" }

  subnet_id      = aws_subnet.all[each.key].id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "shared" {
  for_each = toset(["security-tools", "shared-services", "vpn"])

  name        = "cmscloud-${each.key}"
  description = "Shared by every service: ${each.key}"
  vpc_id      = aws_vpc.main.id
}

resource "aws_security_group_rule" "vpn_https" {
  type              = "ingress"
  security_group_id = aws_security_group.shared["vpn"].id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = [var.cidr]
}

output "vpc_name" {
  value = var.vpc_name
}

output "vpc_id" {
  value = aws_vpc.main.id
}
