resource "aws_kms_key" "web" {
}

resource "aws_s3_bucket" "web" {
  bucket = "case-s3-encryption"
}

resource "aws_s3_bucket" "other" {
  bucket = "case-s3-encryption-other"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "it" {
  bucket = aws_s3_bucket.web.id #> replace: bucket = aws_s3_bucket.other.id

  rule {
    bucket_key_enabled = true #> update: bucket_key_enabled = false

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.web.arn
    }
  }
}
#> no-disappear: a bucket is never without encryption
