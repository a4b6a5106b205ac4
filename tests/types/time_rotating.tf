resource "time_rotating" "it" {
  rfc3339       = "2090-01-01T00:00:00Z" #> replace: rfc3339 = "2091-01-01T00:00:00Z"
  rotation_days = 30                     #> update(rotation_days, rotation_rfc3339): rotation_days = 60
}

#> import: ${rfc3339},,,${rotation_days},,
#> no-disappear: it is in the state alone
