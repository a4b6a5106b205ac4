# One app of the platform, of which several versions run side by side: requests go to those that are live.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = local.cluster.region

  default_tags {
    tags = {
      app         = var.app
      environment = var.environment
    }
  }
}

data "terraform_remote_state" "cluster" {
  backend   = var.cluster_state.backend
  workspace = "default"
  config    = var.cluster_state.config
}

locals {
  cluster = data.terraform_remote_state.cluster.outputs
  host    = lower("${var.app}.${local.cluster.domain}")
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "ecs-${var.app}-${var.environment}"
  retention_in_days = 365
}

# What the tasks may do: policies are attached by those who need them.
resource "aws_iam_role" "task" {
  name = "ecs-${var.app}-${var.environment}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}
