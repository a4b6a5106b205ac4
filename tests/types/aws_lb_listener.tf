resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_lb" "main" {
  count      = 2
  name       = "listener-case-${count.index}"
  subnets    = aws_subnet.main[*].id
  depends_on = [aws_internet_gateway.main]
}

resource "aws_lb_target_group" "main" {
  count    = 2
  name     = "listener-case-${count.index}"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_acm_certificate" "main" {
  count             = 2
  domain_name       = "listener-case-${count.index}.example.com"
  validation_method = "DNS"
}

resource "aws_lb_listener" "it" {
  load_balancer_arn = aws_lb.main[0].arn #> replace: load_balancer_arn = aws_lb.main[1].arn
  port              = 443                #> update: port = 8443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06" #> update: ssl_policy = "ELBSecurityPolicy-TLS13-1-3-2021-06"
  certificate_arn   = aws_acm_certificate.main[0].arn       #> update: certificate_arn = aws_acm_certificate.main[1].arn

  routing_http_request_x_amzn_mtls_clientcert_header_name               = "X-Cert"        #> update: routing_http_request_x_amzn_mtls_clientcert_header_name = "X-Cert-2"
  routing_http_request_x_amzn_mtls_clientcert_issuer_header_name        = "X-Cert-Issuer" #> update: routing_http_request_x_amzn_mtls_clientcert_issuer_header_name = "X-Cert-Issuer-2"
  routing_http_request_x_amzn_mtls_clientcert_leaf_header_name          = "X-Cert-Leaf"
  routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name = "X-Cert-Serial"
  routing_http_request_x_amzn_mtls_clientcert_subject_header_name       = "X-Cert-Subject"
  routing_http_request_x_amzn_mtls_clientcert_validity_header_name      = "X-Cert-Validity"
  routing_http_request_x_amzn_tls_cipher_suite_header_name              = "X-Suite"
  routing_http_request_x_amzn_tls_version_header_name                   = "X-Version"
  routing_http_response_access_control_allow_credentials_header_value   = "true"
  routing_http_response_access_control_allow_headers_header_value       = "*"
  routing_http_response_access_control_allow_methods_header_value       = "GET"
  routing_http_response_access_control_allow_origin_header_value        = "https://example.com"
  routing_http_response_access_control_expose_headers_header_value      = "*"
  routing_http_response_access_control_max_age_header_value             = "60"
  routing_http_response_content_security_policy_header_value            = "default-src 'self'"
  routing_http_response_server_enabled                                  = false        #> update: routing_http_response_server_enabled = true
  routing_http_response_strict_transport_security_header_value          = "max-age=60" #> update: routing_http_response_strict_transport_security_header_value = "max-age=90"
  routing_http_response_x_content_type_options_header_value             = "nosniff"
  routing_http_response_x_frame_options_header_value                    = "DENY"

  default_action {
    type  = "authenticate-oidc"
    order = 1

    authenticate_oidc {
      authorization_endpoint = "https://example.com/authorize"
      client_id              = "listener"
      client_secret          = "first" #> unseen: client_secret = "second"
      issuer                 = "https://example.com"
      token_endpoint         = "https://example.com/token"
      user_info_endpoint     = "https://example.com/user"
      scope                  = "openid" #> update: scope = "openid email"
      session_timeout        = 3600     #> update: session_timeout = 7200

      authentication_request_extra_params = { prompt = "login" } #> update: authentication_request_extra_params = { prompt = "none" }
    }
  }

  default_action {
    type  = "forward"
    order = 2

    forward {
      target_group {
        arn    = aws_lb_target_group.main[0].arn
        weight = 1 #> update: weight = 5
      }

      target_group {
        arn    = aws_lb_target_group.main[1].arn
        weight = 9
      }

      stickiness {
        enabled  = true
        duration = 60 #> update: duration = 120
      }
    }
  }

  mutual_authentication {
    mode = "off" #> update: mode = "passthrough"
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
