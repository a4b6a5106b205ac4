resource "aws_route53_zone" "main" {
  name = "weighted.case.example"
}

resource "aws_route53_record" "it" {
  zone_id        = aws_route53_zone.main.zone_id
  name           = "www.weighted.case.example"
  type           = "CNAME"
  ttl            = 60
  records        = ["a.example"] #> update: records = ["b.example"]
  set_identifier = "one"         #> replace: set_identifier = "two"

  weighted_routing_policy {
    weight = 10 #> update: weight = 20
  }
}
