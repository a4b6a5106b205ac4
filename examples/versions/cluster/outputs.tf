# What the apps need to know.

output "region" {
  description = "The region of the cluster."
  value       = var.region
}

output "name" {
  description = "The name of the cluster."
  value       = aws_ecs_cluster.main.name
}

output "arn" {
  description = "The cluster."
  value       = aws_ecs_cluster.main.arn
}

output "capacity_provider" {
  description = "What services run on."
  value       = one(aws_ecs_cluster_capacity_providers.main.capacity_providers)
}

output "vpc_id" {
  description = "The network."
  value       = aws_vpc.main.id
}

output "subnets" {
  description = "The subnets of load balancers."
  value       = [for it in aws_subnet.public : it.id]
  depends_on  = [aws_route_table_association.public]
}

output "balancer_group" {
  description = "The security group that lets load balancers reach the containers."
  value       = aws_security_group.balancer.id
}

output "domain" {
  description = "The domain of the apps."
  value       = var.domain
}

output "zone_id" {
  description = "The zone of the domain."
  value       = aws_route53_zone.apps.zone_id
}

output "certificate" {
  description = "The certificate for all names in the domain."
  value       = aws_acm_certificate_validation.apps.certificate_arn
}

output "name_servers" {
  description = "The servers to which the domain must be delegated."
  value       = aws_route53_zone.apps.name_servers
}
