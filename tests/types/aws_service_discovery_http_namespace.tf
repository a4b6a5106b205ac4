resource "aws_service_discovery_http_namespace" "it" {
  name        = "case-http" #> replace: name = "case-http-new"
  description = "old"       #> update: description = "new"

  tags = {
    team = "edge" #> update: team = "core"
  }
}
