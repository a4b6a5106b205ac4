data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "main" {
  count              = 2
  name               = "instance-profile-case-${count.index}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_instance_profile" "it" {
  name = "instance-profile-case"   #> replace: name = "instance-profile-case-new"
  path = "/team/"                  #> replace: path = "/other/"
  role = aws_iam_role.main[0].name #> update: role = aws_iam_role.main[1].name #> update:

  tags = {
    team = "edge" #> update: team = "core"
    #> update: stage = "test"
  }
}
