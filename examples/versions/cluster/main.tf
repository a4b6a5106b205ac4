# The platform's cluster, on spot instances: made once for all apps of an environment.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      cluster = var.cluster
    }
  }
}

resource "aws_ecs_cluster" "main" {
  name = "ecs-${var.cluster}"
}

resource "aws_route53_zone" "apps" {
  name = var.domain
}

resource "aws_acm_certificate" "apps" {
  domain_name       = "*.${var.domain}"
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = {
    for it in aws_acm_certificate.apps.domain_validation_options : it.domain_name => it
  }

  zone_id         = aws_route53_zone.apps.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 60
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "apps" {
  certificate_arn         = aws_acm_certificate.apps.arn
  validation_record_fqdns = [for it in aws_route53_record.validation : it.fqdn]
}
