resource "aws_route53_zone" "main" {
  name = "record.case.example"
}

data "aws_route53_zone" "main" {
  zone_id = aws_route53_zone.main.zone_id
}

resource "aws_route53_record" "it" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = "www" #> replace: name = "web"
  type    = "A"
  ttl     = 60           #> update: ttl = 90
  records = ["10.0.0.1"] #> update: records = ["10.0.0.1", "10.0.0.2"]
}
