resource "aws_s3_bucket" "it" {
  bucket_prefix = "case-blocks-" #> replace: bucket_prefix = "case-others-"

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://a.example"]
    max_age_seconds = 60 #> update: max_age_seconds = 90
  }

  lifecycle_rule {
    id      = "old"
    enabled = true #> update: enabled = false
    prefix  = "logs/"

    expiration {
      days = 30
    }
  }

  versioning {
    enabled = true #> update: enabled = false
  }

  website {
    index_document = "index.html" #> update(website, website_domain, website_endpoint): index_document = "start.html"
  }
}
