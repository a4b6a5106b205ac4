resource "time_offset" "it" {
  base_rfc3339 = "2020-02-12T06:36:13Z" #> replace: base_rfc3339 = "2021-02-12T06:36:13Z"
  offset_days  = 7                      #> update(offset_days, rfc3339, day, unix): offset_days = 8
}

#> import: ${base_rfc3339},,,${offset_days},,,
#> no-disappear: it is in the state alone
