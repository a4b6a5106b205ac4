# What each app needs to know of the cluster (../service reads these), under the names that its CI uses.

output "environment" {
  description = "The public variables of the CI that are the same for all apps."
  value = {
    AWS_CLOUDWATCH_LOGS_GROUP    = aws_cloudwatch_log_group.apps.name
    AWS_DEFAULT_REGION           = var.region
    AWS_ECS_CLUSTER              = aws_ecs_cluster.apps.name
    AWS_ECS_REGISTRY             = "${data.aws_caller_identity.current.account_id}.dkr.ecr.${var.region}.amazonaws.com"
    AWS_ECS_REPOSITORY_NAMESPACE = var.repository_namespace
    AWS_ECS_SERVICE_ROLE_ARN     = aws_iam_role.apps["Service"].arn
    AWS_ECS_TASK_ROLE_ARN        = aws_iam_role.apps["Task"].arn
    AWS_S3_CONFIG_BUCKET         = aws_s3_bucket.config.id
  }

  # A service that goes needs its role and its permissions until it is gone.
  depends_on = [aws_iam_role_policy_attachment.suggested, aws_s3_bucket_policy.config]
}

output "vpc_id" {
  description = "The network of the target groups."
  value       = aws_vpc.apps.id
}

output "domain" {
  description = "The domain of the apps."
  value       = var.domain
}

output "zone_id" {
  description = "The zone of the domain."
  value       = aws_route53_zone.apps.zone_id
}

output "name_servers" {
  description = "The servers to which the domain must be delegated."
  value       = aws_route53_zone.apps.name_servers
}

output "balancer" {
  description = "The load balancer: what records, metrics and rules need of it."
  value = {
    dns_name   = aws_lb.apps.dns_name
    zone_id    = aws_lb.apps.zone_id
    arn_suffix = aws_lb.apps.arn_suffix
    listeners = {
      http  = aws_lb_listener.http.arn
      https = aws_lb_listener.https.arn
    }
  }
}

output "ci_user" {
  description = "The user of the CI, for whom each app has an access key."
  value       = aws_iam_user.ci.name
}

data "aws_caller_identity" "current" {}
