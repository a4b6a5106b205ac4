resource "aws_s3_bucket" "web" {
  bucket = "case-s3-ownership"
}

resource "aws_s3_bucket" "other" {
  bucket = "case-s3-ownership-other"
}

resource "aws_s3_bucket_ownership_controls" "it" {
  bucket = aws_s3_bucket.web.id #> replace: bucket = aws_s3_bucket.other.id

  rule {
    object_ownership = "BucketOwnerPreferred" #> update: object_ownership = "ObjectWriter"
  }
}
