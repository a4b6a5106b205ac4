#> no-disappear: it is in the state alone
#> no-import: what it holds is not to be found anywhere, and forces a replacement

resource "terraform_data" "it" {
  input = { size = 1 } #> update(input, output): input = { size = 2 } #> update(input, output): input = "small"

  triggers_replace = ["a", 1] #> replace: triggers_replace = ["a", 2]
}
