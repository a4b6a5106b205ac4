resource "aws_s3_bucket" "web" {
  bucket = "case-cloudfront-plain"
}

resource "aws_cloudfront_origin_access_identity" "web" {
}

resource "aws_cloudfront_distribution" "it" {
  enabled             = false
  wait_for_deployment = false #> update: wait_for_deployment = true
  staging             = false #> replace: staging = true

  origin {
    origin_id   = "files"
    domain_name = aws_s3_bucket.web.bucket_regional_domain_name

    s3_origin_config {
      origin_access_identity = aws_cloudfront_origin_access_identity.web.cloudfront_access_identity_path
    }
  }

  default_cache_behavior {
    target_origin_id       = "files"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "allow-all"

    forwarded_values {
      query_string = false

      cookies {
        forward = "none" #> update: forward = "all"
      }
    }
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
#> import-ignores: retain_on_delete, wait_for_deployment
