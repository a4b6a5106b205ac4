resource "aws_s3_bucket" "web" {
  bucket = "case-s3-notification-targets"
}

resource "aws_s3_bucket_notification" "it" {
  bucket = aws_s3_bucket.web.id

  queue {
    id            = "uploads"
    queue_arn     = "arn:aws:sqs:us-east-1:123456789012:case"
    events        = ["s3:ObjectCreated:*"] #> update: events = ["s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"]
    filter_prefix = "in/"                  #> update: filter_prefix = "uploads/"
  }

  topic {
    topic_arn     = "arn:aws:sns:us-east-1:123456789012:case"
    events        = ["s3:ObjectRemoved:*"]
    filter_suffix = ".txt" #> update: filter_suffix = ".csv"
  }

  lambda_function {
    lambda_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:case"
    events              = ["s3:ObjectCreated:Post"]
  }
}
#> no-disappear: every bucket has a list of who is told, be it empty
