resource "random_pet" "it" {
  length    = 3                #> replace: length = 1
  prefix    = "web"            #> replace: prefix = "db"
  separator = "_"              #> replace: separator = "-"
  keepers   = { version = "1" } #> replace: keepers = { version = "2" }
}

#> no-import: a name of random words cannot be imported
#> no-disappear: it is in the state alone
