resource "aws_s3_bucket" "web" {
  bucket = "case-s3-lifecycle"
}

resource "aws_s3_bucket" "other" {
  bucket = "case-s3-lifecycle-other"
}

resource "aws_s3_bucket_lifecycle_configuration" "it" {
  bucket                                 = aws_s3_bucket.web.id #> replace: bucket = aws_s3_bucket.other.id
  transition_default_minimum_object_size = "varies_by_storage_class" #> update: transition_default_minimum_object_size = "all_storage_classes_128K"

  rule {
    id     = "old"
    status = "Enabled" #> update: status = "Disabled"

    filter {
      prefix = "logs/" #> update: prefix = "log/"
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7 #> update: days_after_initiation = 3
    }

    expiration {
      days = 365 #> update: days = 400
    }

    noncurrent_version_expiration {
      noncurrent_days           = 90
      newer_noncurrent_versions = 2 #> update: newer_noncurrent_versions = 3
    }

    noncurrent_version_transition {
      noncurrent_days = 30 #> update: noncurrent_days = 40
      storage_class   = "STANDARD_IA"
    }

    transition {
      days          = 30 #> update: days = 60
      storage_class = "STANDARD_IA"
    }

    transition {
      days          = 90
      storage_class = "GLACIER"
    }
  }

  rule {
    id     = "and"
    status = "Enabled"

    filter {
      and {
        prefix                   = "a/"
        object_size_greater_than = 1000 #> update: object_size_greater_than = 2000

        tags = {
          keep = "short"
          team = "edge" #> update: team = "core"
        }
      }
    }

    expiration {
      date = "2035-01-01T00:00:00Z" #> update: date = "2036-01-01T00:00:00Z"
    }
  }

  rule {
    id     = "everything"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true #> update: days = 9
    }
  }
}
