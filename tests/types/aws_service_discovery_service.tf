resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_service_discovery_private_dns_namespace" "main" {
  name = "service.case.internal"
  vpc  = aws_vpc.main.id
}

resource "aws_service_discovery_service" "it" {
  name        = "api" #> replace: name = "web"
  description = "old" #> update: description = "new"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.main.id
    routing_policy = "MULTIVALUE"

    dns_records {
      ttl  = 10 #> update: ttl = 20
      type = "A"
    }
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
