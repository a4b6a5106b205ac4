#> import: ${arn}

resource "aws_iam_openid_connect_provider" "it" {
  url             = "https://openid-case.example.com" #> replace: url = "https://openid-case-new.example.com"
  client_id_list  = ["sts.amazonaws.com"]             #> update: client_id_list = ["sts.amazonaws.com", "app"] #> update: client_id_list = ["app"]
  thumbprint_list = ["1c58a3a8518e8759bf075b76b750d4f2df264fcd"] #> update: thumbprint_list = ["990f4193972f2becf12ddeda5237f9c952f20d9e"]

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
