# One app on the cluster of ../cluster: everything it has for itself. The workspace is its name, which is
# that of its GitHub repository.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = local.shared.AWS_DEFAULT_REGION

  default_tags {
    tags = {
      app = local.name
    }
  }
}

data "terraform_remote_state" "cluster" {
  backend   = var.cluster_state.backend
  workspace = "default"
  config    = var.cluster_state.config
}

locals {
  name     = coalesce(var.name, terraform.workspace)
  cluster  = data.terraform_remote_state.cluster.outputs
  shared   = local.cluster.environment
  host     = coalesce(var.host, "${local.name}.${local.cluster.domain}")
  settings = merge(var.env, { NEXT_ASSET_PREFIX = "https://${aws_cloudfront_distribution.app.domain_name}" })
}

# The entry point of the container fetches it. Values are single lines, as Docker reads such files.
resource "aws_s3_object" "env" {
  bucket                 = local.shared.AWS_S3_CONFIG_BUCKET
  key                    = "${local.name}/.env"
  server_side_encryption = "AES256"
  content                = join("", [for name, value in local.settings : "${name}=${value}\n"])
}

resource "aws_ecr_repository" "app" {
  name         = "${local.shared.AWS_ECS_REPOSITORY_NAMESPACE}/${local.name}"
  force_delete = true
}

# Older images go before the repository comes to its limit.
resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the newest ${var.images}"
      action       = { type = "expire" }
      selection = {
        tagStatus   = "any"
        countType   = "imageCountMoreThan"
        countNumber = var.images
      }
    }]
  })
}

resource "aws_iam_access_key" "ci" {
  user = local.cluster.ci_user
}

resource "aws_ecs_task_definition" "app" {
  family        = local.name
  task_role_arn = local.shared.AWS_ECS_TASK_ROLE_ARN

  container_definitions = jsonencode([{
    name              = "app-server"
    image             = "${aws_ecr_repository.app.repository_url}:${var.tag}"
    essential         = true
    memory            = 500
    memoryReservation = 200

    # Any free port of the instance: two tasks of an app may share one.
    portMappings = [{ containerPort = 3000, hostPort = 0, protocol = "tcp" }]

    environment = [
      { name = "AWS_S3_CONFIG_URL", value = "s3://${aws_s3_object.env.bucket}/${local.name}" },
      { name = "NODE_ENV", value = "production" },
      { name = "PORT", value = "3000" },
    ]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = local.shared.AWS_CLOUDWATCH_LOGS_GROUP
        awslogs-region        = local.shared.AWS_DEFAULT_REGION
        awslogs-stream-prefix = local.name
      }
    }
  }])
}

resource "aws_ecs_service" "app" {
  name            = local.name
  cluster         = local.shared.AWS_ECS_CLUSTER
  task_definition = aws_ecs_task_definition.app.arn
  launch_type     = "EC2"
  desired_count   = var.tasks
  iam_role        = local.shared.AWS_ECS_SERVICE_ROLE_ARN

  load_balancer {
    target_group_arn = aws_lb_target_group.app.arn
    container_name   = "app-server"
    container_port   = 3000
  }

  ordered_placement_strategy {
    type  = "spread"
    field = "attribute:ecs.availability-zone"
  }

  # The CI deploys new images.
  lifecycle {
    ignore_changes = [task_definition]
  }

  # A target group takes targets once a load balancer forwards to it.
  depends_on = [aws_lb_listener_rule.app]
}
