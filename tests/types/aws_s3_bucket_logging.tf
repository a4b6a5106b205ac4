resource "aws_s3_bucket" "web" {
  bucket = "case-s3-logging"
}

resource "aws_s3_bucket" "logs" {
  bucket        = "case-s3-logging-logs"
  force_destroy = true
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.logs.arn}/*"
    }]
  })
}

resource "aws_s3_bucket_logging" "it" {
  bucket        = aws_s3_bucket.web.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "web/" #> update: target_prefix = "site/"

  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime" #> update: partition_date_source = "DeliveryTime"
    }
  }

  depends_on = [aws_s3_bucket_policy.logs]
}
