resource "time_static" "it" {
  rfc3339 = "2020-02-12T06:36:13Z" #> replace: rfc3339 = "2021-02-12T06:36:13+01:00"
}

#> no-disappear: it is in the state alone
