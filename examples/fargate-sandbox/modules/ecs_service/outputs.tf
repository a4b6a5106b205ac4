output "record" {
  value = aws_route53_record.site_record.fqdn
}

output "repository_url" {
  value = aws_ecr_repository.ecr.repository_url
}

output "access_logs_bucket" {
  value = module.access_logs_bucket.id
}

output "service_arn" {
  value = aws_ecs_service.service.id
}
