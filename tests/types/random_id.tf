resource "random_id" "it" {
  byte_length = 8      #> replace: byte_length = 4
  prefix      = "app-" #> replace: prefix = "web-"
}

#> import: ${prefix},${id}
#> no-disappear: it is in the state alone
