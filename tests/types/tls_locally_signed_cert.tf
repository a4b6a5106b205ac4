resource "tls_private_key" "key" {
  algorithm = "ED25519"
}

resource "tls_self_signed_cert" "ca" {
  private_key_pem       = tls_private_key.key.private_key_pem
  validity_period_hours = 48
  allowed_uses          = ["cert_signing"]
  is_ca_certificate     = true

  subject {
    common_name = "authority"
  }
}

resource "tls_cert_request" "request" {
  private_key_pem = tls_private_key.key.private_key_pem
  dns_names       = ["a.example.com"]
}

resource "tls_locally_signed_cert" "it" {
  cert_request_pem      = tls_cert_request.request.cert_request_pem
  ca_private_key_pem    = tls_private_key.key.private_key_pem
  ca_cert_pem           = tls_self_signed_cert.ca.cert_pem
  validity_period_hours = 24              #> replace: validity_period_hours = 12
  early_renewal_hours   = 1               #> update: early_renewal_hours = 2
  allowed_uses          = ["server_auth"] #> replace: allowed_uses = ["client_auth"]
  is_ca_certificate     = false
  set_subject_key_id    = true #> replace: set_subject_key_id = false
}

#> no-import: its secret is nowhere else
#> no-disappear: it is in the state alone
