resource "aws_cloudfront_origin_access_control" "it" {
  name                              = "case-oac" #> update: name = "case-oac-new"
  description                       = "old"      #> update: description = "new"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always" #> update: signing_behavior = "no-override"
  signing_protocol                  = "sigv4"
}
