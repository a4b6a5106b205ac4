# The cluster on which every app runs: made once, before the first of them (see ../service).

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

locals {
  # Buckets share one namespace with the whole world and have no capitals: digitalApps is digital-apps.
  dashed = lower(replace(var.cluster, "/([a-z0-9])([A-Z])/", "$1-$2"))
}

# The environment variables of production, an object NAME/.env for each app.
resource "aws_s3_bucket" "config" {
  bucket        = coalesce(var.config_bucket, "cob-${local.dashed}-config")
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_versioning" "config" {
  bucket = aws_s3_bucket.config.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "config" {
  bucket = aws_s3_bucket.config.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "config" {
  bucket = aws_s3_bucket.config.id
  policy = templatefile("${path.module}/policies/config-bucket.json", {
    bucket = aws_s3_bucket.config.arn
  })

  depends_on = [aws_s3_bucket_public_access_block.config]
}

resource "aws_cloudwatch_log_group" "apps" {
  name              = var.cluster
  retention_in_days = 90
}

resource "aws_ecs_cluster" "apps" {
  name = var.cluster
}
