# The versions that stay.

locals {
  # The newest first. Times are all in UTC, so their texts have the order of the times.
  newest = reverse(sort([for version, time in var.versions : "${timeadd(time, "0s")} ${version}"]))
  rank   = { for n, it in local.newest : split(" ", it)[1] => n }

  expired = var.retention == null ? [] : [
    for version, time in var.versions : version
    if timecmp(timeadd(time, var.retention.older_than), plantimestamp()) < 0
    && local.rank[version] >= var.retention.keep
    && !anytrue([for it in var.retention.except : startswith(version, it)])
    && !contains(keys(var.traffic), version)
  ]
}

module "version" {
  source   = "./version"
  for_each = setsubtract(keys(var.versions), local.expired)

  app           = var.app
  environment   = var.environment
  build_version = each.key
  env           = var.env
  task_role     = aws_iam_role.task.arn
  cluster       = local.cluster
  balancer      = aws_lb.app
  listener      = aws_lb_listener.https.arn
  tasks         = lookup(var.tasks, each.key, null)

  depends_on = [aws_cloudwatch_log_group.app]
}
