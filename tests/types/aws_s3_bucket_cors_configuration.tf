resource "aws_s3_bucket" "web" {
  bucket = "case-s3-cors"
}

resource "aws_s3_bucket" "other" {
  bucket = "case-s3-cors-other"
}

resource "aws_s3_bucket_cors_configuration" "it" {
  bucket = aws_s3_bucket.web.id #> replace: bucket = aws_s3_bucket.other.id

  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"] #> update: allowed_methods = ["PUT"]
    allowed_origins = ["https://a.example"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000 #> update: max_age_seconds = 60
  }

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}
