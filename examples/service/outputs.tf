output "url" {
  description = "Where the app is."
  value       = "https://${aws_route53_record.app.fqdn}"
}

output "repository" {
  description = "Where its images are pushed to."
  value       = aws_ecr_repository.app.repository_url
}

output "environment" {
  description = "The public variables of the CI: those of the cluster, and the app's own."
  value = merge(local.shared, {
    AWS_ACCESS_KEY_ID        = aws_iam_access_key.ci.id
    AWS_EC2_TARGET_GROUP_ARN = aws_lb_target_group.app.arn
    AWS_ECS_SERVICE_NAME     = aws_ecs_service.app.name
  })
}

output "secret_access_key" {
  description = "The private variable AWS_SECRET_ACCESS_KEY of the CI."
  value       = aws_iam_access_key.ci.secret
  sensitive   = true
}
