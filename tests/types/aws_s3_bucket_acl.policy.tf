data "aws_canonical_user_id" "me" {
}

resource "aws_s3_bucket" "web" {
  bucket = "case-s3-acl-policy"
}

resource "aws_s3_bucket_public_access_block" "web" {
  bucket = aws_s3_bucket.web.id
}

resource "aws_s3_bucket_ownership_controls" "web" {
  bucket = aws_s3_bucket.web.id

  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_acl" "it" {
  bucket = aws_s3_bucket.web.id

  access_control_policy {
    owner {
      id = data.aws_canonical_user_id.me.id
    }

    grant {
      permission = "FULL_CONTROL"

      grantee {
        type = "CanonicalUser"
        id   = data.aws_canonical_user_id.me.id
      }
    }

    grant {
      permission = "READ_ACP" #> update(acl, access_control_policy): permission = "READ"

      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
    }
  }

  depends_on = [aws_s3_bucket_ownership_controls.web, aws_s3_bucket_public_access_block.web]
}
#> no-disappear: every bucket has an access control list
