resource "aws_s3_bucket" "it" {
  bucket              = "case-s3-bucket" #> replace: bucket = "case-s3-bucket-new"
  force_destroy       = true             #> update: force_destroy = false
  object_lock_enabled = false            #> replace: object_lock_enabled = true

  tags = {
    team = "edge" #> update: team = "core"
  }
}
#> import-ignores: force_destroy
