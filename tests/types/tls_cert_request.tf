resource "tls_private_key" "key" {
  algorithm = "ED25519"
}

resource "tls_cert_request" "it" {
  private_key_pem = tls_private_key.key.private_key_pem
  dns_names       = ["a.example.com"]    #> replace: dns_names = ["b.example.com"]
  ip_addresses    = ["10.0.0.1"]         #> replace: ip_addresses = ["::1"]
  uris            = ["spiffe://a/b"]     #> replace: uris = []

  subject {
    common_name  = "example.com" #> replace: common_name = "example.org"
    organization = "ACME"
  }
}

#> no-import: its secret is nowhere else
#> no-disappear: it is in the state alone
