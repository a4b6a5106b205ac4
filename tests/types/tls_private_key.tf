resource "tls_private_key" "it" {
  algorithm       = "ECDSA" #> replace: algorithm = "ED25519"
  ecdsa_curve     = "P256"  #> replace: ecdsa_curve = "P384"
  rsa_bits        = 1024    #> replace: rsa_bits = 2048
  openssh_comment = "me"    #> replace: openssh_comment = "you"
}

#> no-import: its secret is nowhere else
#> no-disappear: it is in the state alone
