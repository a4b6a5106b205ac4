resource "aws_cloudfront_origin_access_identity" "it" {
  comment = "old" #> update: comment = "new"
}
