resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_service_discovery_private_dns_namespace" "it" {
  name        = "case.internal" #> replace: name = "case2.internal"
  description = "old"           #> update: description = "new"
  vpc         = aws_vpc.main.id

  tags = {
    team = "edge" #> update: team = "core"
  }
}
#> import: ${id}:${vpc}
#> import-ignores: vpc
