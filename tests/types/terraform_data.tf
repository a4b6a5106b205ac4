#> no-disappear: it is in the state alone
#> import-ignores: input, output, triggers_replace

resource "terraform_data" "it" {
  input = { size = 1 } #> update(input, output): input = { size = 2 } #> update(input, output): input = "small"

  triggers_replace = ["a", 1] #> replace: triggers_replace = ["a", 2]
}
