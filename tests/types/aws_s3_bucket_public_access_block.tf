resource "aws_s3_bucket" "web" {
  bucket = "case-s3-public"
}

resource "aws_s3_bucket" "other" {
  bucket = "case-s3-public-other"
}

resource "aws_s3_bucket_public_access_block" "it" {
  bucket                  = aws_s3_bucket.web.id #> replace: bucket = aws_s3_bucket.other.id
  block_public_acls       = true                 #> update: block_public_acls = false
  block_public_policy     = true                 #> update: block_public_policy = false
  ignore_public_acls      = true                 #> update: ignore_public_acls = false
  restrict_public_buckets = true                 #> update: restrict_public_buckets = false
}
