#> import-ignores: bypass_policy_lockout_safety_check, deletion_window_in_days

resource "aws_kms_key" "it" {
  description              = "signing key case"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "RSA_2048" #> replace: customer_master_key_spec = "ECC_NIST_P256"
}
