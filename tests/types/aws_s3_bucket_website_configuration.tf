resource "aws_s3_bucket" "web" {
  bucket = "case-s3-website"
}

resource "aws_s3_bucket_website_configuration" "it" {
  bucket = aws_s3_bucket.web.id

  index_document {
    suffix = "index.html" #> update: suffix = "start.html"
  }

  error_document {
    key = "error.html" #> update: key = "oops.html"
  }

  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }

    redirect {
      replace_key_prefix_with = "documents/" #> update(routing_rule, routing_rules): replace_key_prefix_with = "papers/"
    }
  }
}
