# An account like the one that the spec is for: what its runbook takes for granted. For trying it.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    tls = {
      source = "hashicorp/tls"
    }
    groundplan = {
      source = "groundplan/groundplan"
    }
  }
}

provider "aws" {
  region = local.spec.aws.region
}

variable "spec" {
  type        = string
  default     = "../cloud-spec.json"
  description = "The file with the cloud spec."
}

variable "environment" {
  type        = string
  description = "Which of the spec's environments the account is for."
}

locals {
  spec    = provider::groundplan::for_environment(jsondecode(file(var.spec)), var.environment)
  service = local.spec.aws.ecs.service
  network = local.service.networkConfiguration.awsvpcConfiguration
  task    = local.spec.aws.ecs.taskDefinition
  logs    = distinct(compact([for it in local.task.containerDefinitions : try(it.logConfiguration.options.awslogs-group, "")]))

  # The secrets that containers get, by the words at their ends, which AWS makes.
  secrets = distinct(flatten([
    for it in local.task.containerDefinitions : [
      for secret in concat(try(it.secrets, []), try(it.logConfiguration.secretOptions, [])) : split(":", secret.valueFrom)[6]
    ]
  ]))
}

data "aws_availability_zones" "available" {
  state = "available"
}

data "aws_caller_identity" "current" {}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "service" {
  for_each = { for n, id in local.network.subnets : id => n }

  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, each.value)
  availability_zone = element(data.aws_availability_zones.available.names, each.value)
}

resource "aws_security_group" "service" {
  for_each = toset(local.network.securityGroups)

  name   = "${var.environment}-service-${each.key}"
  vpc_id = aws_vpc.main.id
}

resource "aws_lb" "internal" {
  for_each = { for it in local.spec.aws.elb.loadBalancers : it.name => it }

  name               = each.key
  load_balancer_type = each.value.type
  internal           = true
  subnets            = [for it in slice(local.network.subnets, 0, 2) : aws_subnet.service[it].id]
}

resource "tls_private_key" "internal" {
  algorithm = "ECDSA"
}

resource "tls_self_signed_cert" "internal" {
  private_key_pem       = tls_private_key.internal.private_key_pem
  validity_period_hours = 24 * 365
  allowed_uses          = ["server_auth"]

  subject {
    common_name = "example.internal"
  }
}

resource "aws_acm_certificate" "internal" {
  private_key      = tls_private_key.internal.private_key_pem
  certificate_body = tls_self_signed_cert.internal.cert_pem
}

resource "aws_lb_listener" "internal" {
  for_each = merge([
    for it in local.spec.aws.elb.loadBalancers : {
      for listener in it.listeners : "${it.name}:${listener.port}" => merge(listener, { balancer = it.name })
    } if it.type == "application"
  ]...)

  load_balancer_arn = aws_lb.internal[each.value.balancer].arn
  port              = each.value.port
  protocol          = each.value.protocol
  certificate_arn   = aws_acm_certificate.internal.arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "There is nothing of this name."
      status_code  = "503"
    }
  }
}

resource "aws_ecs_cluster" "main" {
  name = local.service.cluster
}

resource "aws_cloudwatch_log_group" "service" {
  for_each = toset(local.logs)

  name              = each.value
  retention_in_days = 30
}

resource "aws_iam_role" "task" {
  for_each = toset([for it in [local.task.executionRoleArn, local.task.taskRoleArn] : split("/", it)[1]])

  name = each.value

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_secretsmanager_secret" "service" {
  for_each = toset(local.secrets)

  name                    = regex("^(.*)-[A-Za-z0-9]{6}$", each.value)[0]
  recovery_window_in_days = 0
}

output "stand_ins" {
  description = "The variable file that says what stands here for what the spec says."

  value = jsonencode({
    stand_ins = merge(
      { (split(":", local.task.taskRoleArn)[4]) = data.aws_caller_identity.current.account_id },
      { for id, it in aws_subnet.service : id => it.id },
      { for id, it in aws_security_group.service : id => it.id },
      {
        for id, it in aws_secretsmanager_secret.service :
        reverse(split("/", id))[0] => reverse(split("/", it.arn))[0]
      },
    )
  })
}
