resource "aws_ecr_pull_through_cache_rule" "it" {
  ecr_repository_prefix      = "pull-through-case"    #> replace: ecr_repository_prefix = "pull-through-case-new"
  upstream_registry_url      = "registry-1.docker.io" #> replace: upstream_registry_url = "quay.io"
  upstream_repository_prefix = "library"              #> replace: upstream_repository_prefix = "other"
  credential_arn             = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/a" #> update: credential_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/b"
  custom_role_arn            = "arn:aws:iam::123456789012:role/a" #> update: custom_role_arn = "arn:aws:iam::123456789012:role/b"
}
