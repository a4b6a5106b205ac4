resource "aws_s3_bucket" "web" {
  bucket = "case-s3-notification"
}

resource "aws_s3_bucket_notification" "it" {
  bucket      = aws_s3_bucket.web.id
  eventbridge = true #> update: eventbridge = false
}
#> no-disappear: every bucket has a list of who is told, be it empty
