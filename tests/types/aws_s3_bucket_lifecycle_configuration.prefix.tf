resource "aws_s3_bucket" "web" {
  bucket = "case-s3-lifecycle-prefix"
}

resource "aws_s3_bucket_lifecycle_configuration" "it" {
  bucket = aws_s3_bucket.web.id

  rule {
    id     = "legacy"
    status = "Enabled"
    prefix = "logs/" #> update: prefix = "log/"

    expiration {
      days = 1
    }
  }

  rule {
    id     = "all"
    status = "Enabled"

    expiration {
      days = 9
    }
  }

  rule {
    id     = "tag"
    status = "Enabled"

    filter {
      tag {
        key   = "keep"
        value = "short" #> update: value = "long"
      }
    }

    transition {
      days          = 0
      storage_class = "GLACIER"
    }
  }
}
