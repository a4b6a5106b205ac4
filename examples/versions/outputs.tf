output "url" {
  description = "Where the live versions are."
  value       = "https://${aws_route53_record.app.fqdn}"
}

output "versions" {
  description = "The versions that are there, and where each is."
  value       = { for version, it in module.version : version => it.url }
}

output "expired" {
  description = "The versions that have gone, or go with this plan: they may be taken out of the list."
  value       = local.expired
}
