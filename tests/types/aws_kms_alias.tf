resource "aws_kms_key" "main" {
  count       = 2
  description = "alias case"
}

resource "aws_kms_alias" "it" {
  name          = "alias/alias-case"         #> replace: name = "alias/alias-case-new"
  target_key_id = aws_kms_key.main[0].id #> update: target_key_id = aws_kms_key.main[1].id
}
