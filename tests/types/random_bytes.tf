resource "random_bytes" "it" {
  length = 8 #> replace: length = 4
}

#> import: ${base64}
#> no-disappear: it is in the state alone
