#> import: ${arn}

resource "aws_iam_service_linked_role" "it" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "linked-role-case" #> replace: custom_suffix = "linked-role-case-new"
  description      = "Scales"           #> update: description = "Scales groups"

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
