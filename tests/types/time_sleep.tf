resource "time_sleep" "it" {
  create_duration  = "100ms" #> update: create_duration = "200ms"
  destroy_duration = "100ms" #> update: destroy_duration = "200ms"
}

#> import: ${create_duration},${destroy_duration}
#> no-disappear: it is in the state alone
