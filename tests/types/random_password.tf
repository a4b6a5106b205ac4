resource "random_password" "it" {
  length = 8 #> replace: length = 12
}

#> import: ${result}
#> no-disappear: it is in the state alone
