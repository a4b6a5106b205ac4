# A Fargate sandbox: a private zone, a cluster, and one service behind a load balancer.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

locals {
  vpc_name = "sandbox-east-dev"
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = {
      sandbox = var.name
    }
  }
}

variable "name" {
  type        = string
  description = "Your first name. Everything is called NAME-test."

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,15}$", var.name))
    error_message = "The name is 2 to 16 lower-case letters and digits, and begins with a letter."
  }
}

data "aws_caller_identity" "current" {}

module "dns" {
  source = "./modules/dns"

  vpc_name  = local.vpc_name
  zone_name = "${var.name}-test"
}

module "cluster" {
  source = "./modules/ecs_cluster"

  cluster_name = "${var.name}-test"
}

module "service" {
  source = "./modules/ecs_service"

  account              = data.aws_caller_identity.current.account_id
  vpc_name             = local.vpc_name
  cluster_name         = module.cluster.cluster_name
  cluster_arn          = module.cluster.cluster_arn
  service_name         = "${var.name}-test"
  zone_id              = module.dns.zone_id
  zone_name            = module.dns.zone_name
  lb_ingress_cidrs     = []
  app_port             = 80
  lb_port              = 80
  healthcheck_protocol = "HTTP"
  healthcheck_path     = "/_health"
  healthcheck_matcher  = 200
  task_min             = 1
  task_max             = 2
  cpu_target           = 60
  memory_target        = 60
}

output "cluster" {
  value = module.cluster.cluster_name
}

output "url" {
  value = "http://${module.service.record}:80"
}

output "repository" {
  value = module.service.repository_url
}

output "access_logs_bucket" {
  value = module.service.access_logs_bucket
}
