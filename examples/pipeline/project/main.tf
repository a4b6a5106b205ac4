# What a project has once, for all its environments: the repository of its images and the user of its CI.

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

variable "project" {
  type        = string
  default     = "sample-webapp"
  description = "The name of the project, with which everything of it begins."

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.project)) && length(var.project) <= 20
    error_message = "The name is at most 20 small letters, digits and single dashes."
  }
}

resource "aws_ecr_repository" "app" {
  name                 = var.project
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
}

resource "aws_iam_user" "ci" {
  name = "${var.project}-ci"
}

# The CI plans and applies whole environments, so it may do what they are made of, and no more than that.
resource "aws_iam_user_policy" "ci" {
  name = "environments"
  user = aws_iam_user.ci.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "ec2:*",
          "ecr:Describe*",
          "ecr:GetAuthorizationToken",
          "ecs:*",
          "elasticloadbalancing:*",
          "logs:*",
        ]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = "ecr:*"
        Resource = aws_ecr_repository.app.arn
      },
      {
        Effect   = "Allow"
        Action   = "iam:*"
        Resource = "arn:aws:iam::*:role/${var.project}-*"
      },
    ]
  })
}

resource "aws_iam_access_key" "ci" {
  user = aws_iam_user.ci.name
}

output "repository" {
  description = "Where images are pushed to."
  value       = aws_ecr_repository.app.repository_url
}

output "access_key_id" {
  description = "The variable AWS_ACCESS_KEY_ID of the CI."
  value       = aws_iam_access_key.ci.id
}

output "secret_access_key" {
  description = "The variable AWS_SECRET_ACCESS_KEY of the CI."
  value       = aws_iam_access_key.ci.secret
  sensitive   = true
}
