resource "aws_s3_bucket" "web" {
  bucket = "case-s3-website-json"
}

resource "aws_s3_bucket_website_configuration" "it" {
  bucket = aws_s3_bucket.web.id

  index_document {
    suffix = "index.html"
  }

  routing_rules = <<-EOT
    [{
      "Condition": {"KeyPrefixEquals": "docs/"},
      "Redirect": {"ReplaceKeyPrefixWith": "documents/"}
    }]
  EOT
}
