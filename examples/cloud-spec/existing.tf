# What the spec allows to exist is taken over, and made if there is none. Anything else that exists is refused.

locals {
  existing_services = toset([
    for it in [local.service] : "${it.cluster}/${it.name}" if try(it.allowExisting, false)
  ])

  may_exist = { for name, it in local.attachments : name => try(it.targetGroup.allowExisting, false) }

  # Rules have no names: one that asks the same of requests is the same.
  existing_rules = merge([
    for listener, it in data.aws_lb_listener_rules.shared : {
      for rule in it.rules :
      join(" ", concat([listener], sort([
        for condition in rule.condition : try(
          "host-header=${join(",", sort(condition.host_header[0].values))}",
          "path-pattern=${join(",", sort(condition.path_pattern[0].values))}",
          "http-request-method=${join(",", sort(condition.http_request_method[0].values))}",
          "source-ip=${join(",", sort(condition.source_ip[0].values))}",
          "something else",
        )
      ]))) => rule.arn...
    }
  ]...)
}

import {
  for_each  = toset([for name, may in local.may_exist : name if may])
  to        = aws_lb_target_group.main[each.key]
  id        = each.key
  if_exists = true
}

import {
  for_each = {
    for key, it in local.rules : key => one(local.existing_rules[key])
    if local.may_exist[it.target_group] && contains(keys(local.existing_rules), key)
  }
  to = aws_lb_listener_rule.main[each.key]
  id = each.value
}

import {
  for_each  = local.existing_services
  to        = aws_ecs_service.main
  id        = each.key
  if_exists = true
}

import {
  for_each  = local.scalable == null ? [] : local.existing_services
  to        = aws_appautoscaling_target.main[0]
  id        = "ecs/service/${each.key}/${local.scalable.ScalableDimension}"
  if_exists = true
}

import {
  for_each  = local.scaling == null ? [] : local.existing_services
  to        = aws_appautoscaling_policy.main[0]
  id        = "ecs/service/${each.key}/${local.scaling.ScalableDimension}/${local.scaling.PolicyName}"
  if_exists = true
}
