#> import: ${name}

resource "aws_kms_key" "exec" {
  description = "cluster case"
}

resource "aws_kms_key" "storage" {
  description = "cluster case"
}

resource "aws_cloudwatch_log_group" "exec" {
  name = "/cluster-case/exec"
}

resource "aws_cloudwatch_log_group" "other" {
  name = "/cluster-case/other"
}

resource "aws_s3_bucket" "exec" {
  bucket = "cluster-case-exec"
}

resource "aws_service_discovery_http_namespace" "first" {
  name = "cluster-case-first"
}

resource "aws_service_discovery_http_namespace" "second" {
  name = "cluster-case-second"
}

resource "aws_ecs_cluster" "it" {
  name = "cluster-case" #> replace: name = "cluster-case-new"

  setting {
    name  = "containerInsights"
    value = "enabled" #> update: value = "enhanced" #> update: value = "disabled"
  }

  configuration {
    execute_command_configuration {
      kms_key_id = aws_kms_key.exec.arn #> update: kms_key_id = aws_kms_key.storage.arn
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_encryption_enabled = true                               #> update: cloud_watch_encryption_enabled = false
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.exec.name #> update: cloud_watch_log_group_name = aws_cloudwatch_log_group.other.name
        s3_bucket_encryption_enabled   = false                              #> update: s3_bucket_encryption_enabled = true
        s3_bucket_name                 = aws_s3_bucket.exec.bucket
        s3_key_prefix                  = "exec" #> update: s3_key_prefix = "other"
      }
    }

    managed_storage_configuration {
      fargate_ephemeral_storage_kms_key_id = aws_kms_key.storage.arn #> update: fargate_ephemeral_storage_kms_key_id = aws_kms_key.exec.arn
      kms_key_id                           = aws_kms_key.storage.arn #> update:
    }
  }

  service_connect_defaults {
    namespace = aws_service_discovery_http_namespace.first.arn #> update: namespace = aws_service_discovery_http_namespace.second.arn
  }

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
