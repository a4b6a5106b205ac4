# A cluster that runs on Fargate.

variable "account" {
  type        = string
  default     = null
  description = "The AWS account. Nothing of the cluster depends on it."
}

variable "vpc_name" {
  type        = string
  default     = null
  description = "The VPC. Nothing of the cluster depends on it: its services say where they are."
}

variable "cluster_name" {
  type = string
}

resource "aws_ecs_cluster" "cluster" {
  name = var.cluster_name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "capacity" {
  cluster_name       = aws_ecs_cluster.cluster.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 100
  }
}

output "cluster_name" {
  value = aws_ecs_cluster.cluster.name
}

output "cluster_arn" {
  value = aws_ecs_cluster.cluster.arn
}
