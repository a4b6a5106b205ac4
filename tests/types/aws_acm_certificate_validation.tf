resource "aws_route53_zone" "main" {
  name = "validation.case.example"
}

resource "aws_acm_certificate" "main" {
  domain_name       = "validation.case.example"
  validation_method = "DNS"
}

resource "aws_route53_record" "main" {
  for_each = {
    for it in aws_acm_certificate.main.domain_validation_options : it.domain_name => it
  }

  zone_id = aws_route53_zone.main.zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 60
}

resource "aws_acm_certificate_validation" "it" {
  certificate_arn         = aws_acm_certificate.main.arn
  validation_record_fqdns = [for it in aws_route53_record.main : it.fqdn]
}
#> no-disappear: it is no object of its own
#> no-import: it is no object of its own
