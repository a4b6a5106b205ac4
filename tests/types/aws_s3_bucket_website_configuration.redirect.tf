resource "aws_s3_bucket" "web" {
  bucket = "case-s3-website-redirect"
}

resource "aws_s3_bucket_website_configuration" "it" {
  bucket = aws_s3_bucket.web.id

  redirect_all_requests_to {
    host_name = "www.example.com" #> update: host_name = "example.com"
    protocol  = "https"
  }
}
