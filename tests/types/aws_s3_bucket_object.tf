resource "aws_s3_bucket" "web" {
  bucket        = "case-s3-bucket-object"
  force_destroy = true
}

resource "aws_s3_bucket_object" "it" {
  bucket        = aws_s3_bucket.web.id
  key           = "in/a.txt" #> replace: key = "in/b.txt"
  content       = "one"
  content_type  = "text/plain"
  cache_control = "max-age=60"

  tags = {
    team = "edge" #> update: team = "core"
  }
}
#> import: ${bucket}/${key}
#> import-ignores: content, etag, force_destroy
