# Who may do what: the roles of instances, services and tasks, and the user of the CI.

locals {
  roles = {
    Instance = {
      trusts   = "ec2.amazonaws.com"
      policies = ["service-role/AmazonEC2ContainerServiceforEC2Role"]
    }
    Service = {
      trusts   = "ecs.amazonaws.com"
      policies = ["service-role/AmazonEC2ContainerServiceRole"]
    }
    Task = {
      trusts   = "ecs-tasks.amazonaws.com"
      policies = []
    }
  }

  suggested = merge([
    for role, it in local.roles : { for policy in it.policies : "${role} ${policy}" => { role = role, policy = policy } }
  ]...)
}

data "aws_partition" "current" {}

resource "aws_iam_role" "apps" {
  for_each = local.roles

  name = "${var.cluster}${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = each.value.trusts }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "suggested" {
  for_each = local.suggested

  role       = aws_iam_role.apps[each.value.role].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value.policy}"
}

resource "aws_iam_instance_profile" "instance" {
  name = aws_iam_role.apps["Instance"].name
  role = aws_iam_role.apps["Instance"].name
}

resource "aws_iam_policy" "config_read" {
  name        = "${var.cluster}ConfigRead"
  description = "Reads the environment variables of the apps"
  policy = templatefile("${path.module}/policies/config-read.json", {
    bucket = aws_s3_bucket.config.arn
  })
}

resource "aws_iam_role_policy_attachment" "config_read" {
  role       = aws_iam_role.apps["Task"].name
  policy_arn = aws_iam_policy.config_read.arn
}

# A user of the whole account: one access key for each app is made with the app.
resource "aws_iam_user" "ci" {
  name          = var.ci_user
  force_destroy = var.force_destroy
}

resource "aws_iam_policy" "deploy" {
  name        = "${var.cluster}Deploy"
  description = "Pushes images and deploys services"
  policy = templatefile("${path.module}/policies/deploy.json", {
    service_role = aws_iam_role.apps["Service"].arn
    task_role    = aws_iam_role.apps["Task"].arn
  })
}

resource "aws_iam_user_policy_attachment" "deploy" {
  user       = aws_iam_user.ci.name
  policy_arn = aws_iam_policy.deploy.arn
}
