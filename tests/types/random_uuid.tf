resource "random_uuid" "it" {
}

#> import: ${result}
#> no-disappear: it is in the state alone
