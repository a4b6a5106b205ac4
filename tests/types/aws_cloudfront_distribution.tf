data "aws_cloudfront_cache_policy" "optimized" {
  name = "Managed-CachingOptimized"
}

data "aws_cloudfront_origin_request_policy" "cors" {
  name = "Managed-CORS-S3Origin"
}

resource "aws_s3_bucket" "web" {
  bucket = "case-cloudfront"
}

resource "aws_cloudfront_origin_access_control" "web" {
  name                              = "case-distribution"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_acm_certificate" "web" {
  domain_name       = "cloudfront.case.example"
  validation_method = "DNS"
}

resource "aws_cloudfront_distribution" "it" {
  enabled             = true  #> update: enabled = false
  comment             = "old" #> update: comment = "new"
  aliases             = ["cloudfront.case.example"]
  default_root_object = "index.html" #> update: default_root_object = "start.html"
  http_version        = "http2and3"  #> update: http_version = "http2"
  is_ipv6_enabled     = true         #> update: is_ipv6_enabled = false
  price_class         = "PriceClass_100" #> update: price_class = "PriceClass_200"

  origin {
    origin_id                = "files"
    domain_name              = aws_s3_bucket.web.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.web.id
    connection_attempts      = 2 #> update: connection_attempts = 3

    origin_shield {
      enabled              = true
      origin_shield_region = "us-east-1"
    }
  }

  origin {
    origin_id   = "api"
    domain_name = "api.case.example"
    origin_path = "/v1" #> update: origin_path = "/v2"

    custom_header {
      name  = "x-secret"
      value = "one" #> update: value = "two"
    }

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      origin_read_timeout    = 40 #> update: origin_read_timeout = 50
    }
  }

  origin_group {
    origin_id = "both"

    failover_criteria {
      status_codes = [500, 502] #> update: status_codes = [500, 502, 503]
    }

    member {
      origin_id = "files"
    }

    member {
      origin_id = "api"
    }
  }

  default_cache_behavior {
    target_origin_id         = "both"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    viewer_protocol_policy   = "redirect-to-https" #> update: viewer_protocol_policy = "https-only"
    compress                 = true                #> update: compress = false
    cache_policy_id          = data.aws_cloudfront_cache_policy.optimized.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.cors.id

    function_association {
      event_type   = "viewer-request"
      function_arn = "arn:aws:cloudfront::123456789012:function/rewrite"
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/api/*" #> update: path_pattern = "/v1/*"
    target_origin_id       = "api"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "https-only"
    default_ttl            = 0 #> update: default_ttl = 5
    max_ttl                = 60

    forwarded_values {
      query_string = true
      headers      = ["Authorization"] #> update: headers = ["Authorization", "Host"]

      cookies {
        forward           = "whitelist"
        whitelisted_names = ["session"]
      }
    }
  }

  ordered_cache_behavior {
    path_pattern           = "/old/*"
    target_origin_id       = "api"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "https-only"

    forwarded_values {
      query_string = false

      cookies {
        forward = "none"
      }
    }
  }

  custom_error_response {
    error_code            = 404
    response_code         = 200
    response_page_path    = "/index.html"
    error_caching_min_ttl = 10 #> update: error_caching_min_ttl = 20
  }

  logging_config {
    bucket = "logs.s3.amazonaws.com"
    prefix = "web/" #> update: prefix = "site/"
  }

  restrictions {
    geo_restriction {
      restriction_type = "whitelist"
      locations        = ["DE", "FR"] #> update: locations = ["DE"]
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate.web.arn
    minimum_protocol_version = "TLSv1.2_2021" #> update: minimum_protocol_version = "TLSv1.2_2019"
    ssl_support_method       = "sni-only"
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
#> import-ignores: retain_on_delete, wait_for_deployment
