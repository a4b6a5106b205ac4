resource "aws_s3_bucket" "web" {
  bucket = "case-s3-acl"
}

resource "aws_s3_bucket_public_access_block" "web" {
  bucket = aws_s3_bucket.web.id
}

resource "aws_s3_bucket_ownership_controls" "web" {
  bucket = aws_s3_bucket.web.id

  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_acl" "it" {
  bucket = aws_s3_bucket.web.id
  acl    = "public-read" #> update(acl, access_control_policy): acl = "log-delivery-write"

  depends_on = [aws_s3_bucket_ownership_controls.web, aws_s3_bucket_public_access_block.web]
}
#> no-disappear: every bucket has an access control list
