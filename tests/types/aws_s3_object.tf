resource "aws_s3_bucket" "web" {
  bucket        = "case-s3-object"
  force_destroy = true
}

resource "aws_s3_object" "it" {
  bucket                 = aws_s3_bucket.web.id
  key                    = "in/a.txt" #> replace: key = "in/b.txt"
  content                = "one"      #> update: content = "two"
  content_type           = "text/plain"
  cache_control          = "max-age=60"
  content_disposition    = "inline"
  content_language       = "en"
  server_side_encryption = "AES256"
  storage_class          = "STANDARD"

  metadata = {
    a = "1"
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
#> import: ${bucket}/${key}
#> import-ignores: content, etag, force_destroy
