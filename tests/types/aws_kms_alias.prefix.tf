resource "aws_kms_key" "main" {
  description = "alias case"
}

resource "aws_kms_alias" "it" {
  name_prefix   = "alias/alias-case-" #> replace: name_prefix = "alias/alias-case-new-"
  target_key_id = aws_kms_key.main.arn
}
