#> import-ignores: bypass_policy_lockout_safety_check, deletion_window_in_days

resource "aws_kms_key" "it" {
  description              = "key case" #> update: description = "another"
  deletion_window_in_days  = 7
  enable_key_rotation      = true #> update: enable_key_rotation = false
  is_enabled               = true #> update: is_enabled = false #> update: is_enabled = true
  key_usage                = "ENCRYPT_DECRYPT"
  customer_master_key_spec = "SYMMETRIC_DEFAULT"
  multi_region             = false #> replace: multi_region = true

  bypass_policy_lockout_safety_check = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Owner" #> update: Sid = "All"
      Effect    = "Allow"
      Action    = "kms:*"
      Principal = { AWS = "123456789012" }
      Resource  = "*"
    }]
  })

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
