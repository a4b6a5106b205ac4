resource "aws_s3_bucket" "web" {
  bucket = "case-s3-versioning"
}

resource "aws_s3_bucket" "other" {
  bucket = "case-s3-versioning-other"
}

resource "aws_s3_bucket_versioning" "it" {
  bucket = aws_s3_bucket.web.id #> replace: bucket = aws_s3_bucket.other.id

  versioning_configuration {
    status = "Enabled" #> update: status = "Suspended"
  }
}
#> no-disappear: every bucket has versions or has none
