# One service as its cloud spec describes it, in one environment: what it needs of load balancers that others
# use, too, its task definition, the service and its scaling.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    http = {
      source = "hashicorp/http"
    }
    groundplan = {
      source = "groundplan/groundplan"
    }
  }
}

provider "aws" {
  region = try(jsondecode(file(var.spec)).aws.region, null)

  default_tags {
    tags = {
      cloud_spec  = basename(var.spec)
      environment = var.environment
    }
  }
}

module "spec" {
  source = "./spec"

  path          = var.spec
  environment   = var.environment
  build_version = var.build_version
  stand_ins     = var.stand_ins
}

# What is there before: the load balancers with their listeners, and the cluster.
data "aws_lb" "shared" {
  for_each = toset(local.elb.loadBalancers[*].name)

  name = each.value
}

data "aws_lb_listener" "shared" {
  for_each = { for key, it in local.listeners : key => it if it.type == "application" }

  load_balancer_arn = data.aws_lb.shared[each.value.balancer].arn
  port              = each.value.port
}

data "aws_lb_listener_rules" "shared" {
  for_each = data.aws_lb_listener.shared

  listener_arn = each.value.arn
}

data "aws_ecs_cluster" "shared" {
  cluster_name = local.service.cluster
}
