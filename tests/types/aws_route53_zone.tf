resource "aws_route53_zone" "it" {
  name          = "zone.case.example" #> replace: name = "zone2.case.example"
  comment       = "old"               #> update: comment = "new"
  force_destroy = true                #> update: force_destroy = false

  tags = {
    team = "edge" #> update: team = "core"
  }
}
#> import-ignores: force_destroy
