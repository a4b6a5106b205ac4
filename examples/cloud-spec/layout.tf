# The spec, laid out for the resources.

locals {
  elb     = module.spec.spec.aws.elb
  service = module.spec.spec.aws.ecs.service
  task    = module.spec.spec.aws.ecs.taskDefinition

  listeners = merge([
    for balancer in local.elb.loadBalancers : {
      for it in balancer.listeners : "${balancer.name}:${it.port}" => merge(it, {
        balancer = balancer.name
        type     = balancer.type
      })
    }
  ]...)

  # A rule is known by its listener and by what it asks of requests, so it stays when others come and go.
  rules = merge([
    for listener, it in local.listeners : {
      for rule in try(it.rules, []) :
      join(" ", concat([listener], sort([for it in rule.conditions : "${it.Field}=${join(",", sort(it.Values))}"]))) => {
        listener     = listener
        placement    = rule.placement
        target_group = rule.action.targetGroupName
        conditions   = { for it in rule.conditions : it.Field => it.Values }
      }
    }
  ]...)

  attachments   = { for it in try(local.service.loadBalancers, []) : it.targetGroup.name => it }
  target_groups = { for it in local.elb.targetGroups : it.name => it }
  network       = local.service.networkConfiguration.awsvpcConfiguration
  scalable      = try(local.service.scalableTarget, null)
  scaling       = try(local.service.scalingPolicy, null)
}
