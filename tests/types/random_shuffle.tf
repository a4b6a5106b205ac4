resource "random_shuffle" "it" {
  input        = ["a", "b", "c"] #> replace: input = ["a", "b"]
  result_count = 2               #> replace: result_count = 1
  seed         = "seed"          #> replace: seed = "other"
  keepers      = { version = "1" } #> replace: keepers = { version = "2" }
}

#> no-import: an order cannot be imported
#> no-disappear: it is in the state alone
