resource "null_resource" "it" {
  triggers = { version = "1" } #> replace: triggers = null
}

#> no-disappear: it is in the state alone
