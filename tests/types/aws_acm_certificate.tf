resource "aws_acm_certificate" "it" {
  domain_name               = "acm.case.example" #> replace(domain_name, subject_alternative_names, domain_validation_options): domain_name = "acm2.case.example"
  subject_alternative_names = ["*.acm.case.example"]
  validation_method         = "DNS"

  options {
    certificate_transparency_logging_preference = "ENABLED" #> update: certificate_transparency_logging_preference = "DISABLED"
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
