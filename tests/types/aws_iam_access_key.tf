#> import-ignores: secret, ses_smtp_password_v4

resource "aws_iam_user" "main" {
  count = 2
  name  = "access-key-case-${count.index}"
}

resource "aws_iam_access_key" "it" {
  user   = aws_iam_user.main[0].name #> replace: user = aws_iam_user.main[1].name
  status = "Inactive"                #> update: status = "Active"
}
