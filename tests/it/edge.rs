//! S3 and CloudFront: what AWS needs in an order that the stack does not say, and what takes long.

use crate::support::{Cloud, Stack};

const PUBLIC: &str = r#"
resource "aws_s3_bucket" "web" {
  bucket = "edge-public"
}

resource "aws_s3_bucket_policy" "web" {
  bucket = aws_s3_bucket.web.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.web.arn}/*"
    }]
  })
}

resource "aws_s3_bucket_acl" "web" {
  bucket = aws_s3_bucket.web.id
  acl    = "public-read"
}

resource "aws_s3_bucket_ownership_controls" "web" {
  bucket = aws_s3_bucket.web.id

  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_public_access_block" "web" {
  bucket = aws_s3_bucket.web.id
}
"#;

/// Nothing says that a policy or an ACL comes after what allows it.
#[test]
fn what_opens_a_bucket_waits_until_it_may_be_opened() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", PUBLIC)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
}

pub const DISTRIBUTION: &str = r#"
resource "aws_cloudfront_distribution" "web" {
  enabled = true

  origin {
    origin_id   = "api"
    domain_name = "api.example.com"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "api"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "https-only"
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
"#;
