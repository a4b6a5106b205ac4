resource "aws_s3_bucket" "web" {
  bucket = "case-s3-policy"
}

data "aws_s3_bucket" "web" {
  bucket = aws_s3_bucket.web.id
}

resource "aws_s3_bucket_policy" "it" {
  bucket = aws_s3_bucket.web.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*" #> update: Action = "s3:GetObject"
      Resource  = ["${data.aws_s3_bucket.web.arn}/*", data.aws_s3_bucket.web.arn]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
