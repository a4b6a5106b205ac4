resource "random_integer" "it" {
  min  = 1      #> replace: min = 10
  max  = 100    #> replace: max = 20
  seed = "seed" #> replace: seed = "other"
}

#> import: ${result},${min},${max},${seed}
#> no-disappear: it is in the state alone
