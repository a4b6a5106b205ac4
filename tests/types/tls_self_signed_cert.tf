resource "tls_private_key" "key" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P256"
}

resource "tls_self_signed_cert" "it" {
  private_key_pem       = tls_private_key.key.private_key_pem
  validity_period_hours = 24                               #> replace: validity_period_hours = 48
  early_renewal_hours   = 1                                #> update: early_renewal_hours = 2
  allowed_uses          = ["cert_signing", "server_auth"]  #> replace: allowed_uses = ["cert_signing"]
  dns_names             = ["a.example.com"]                #> replace: dns_names = ["b.example.com"]
  ip_addresses          = ["10.0.0.1"]                     #> replace: ip_addresses = ["::1"]
  uris                  = ["spiffe://a/b"]                 #> replace: uris = []
  is_ca_certificate     = true
  max_path_length       = 1    #> replace: max_path_length = 0
  set_subject_key_id    = true #> replace: set_subject_key_id = false
  set_authority_key_id  = true #> replace: set_authority_key_id = false

  subject {
    common_name = "example.com" #> replace: common_name = "example.org"
  }
}

#> no-import: its secret is nowhere else
#> no-disappear: it is in the state alone
