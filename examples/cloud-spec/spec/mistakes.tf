# All that is wrong with a spec, each with its path in the file.

locals {
  # Without values of the environment there is nothing to look at.
  looked_at = [for it in [local.spec] : it if local.spec != local.every]

  elb     = try(local.looked_at[0].aws.elb, {})
  service = try(local.looked_at[0].aws.ecs.service, {})
  task    = try(local.looked_at[0].aws.ecs.taskDefinition, {})
  request = try(local.looked_at[0].verification.request, {})

  # What stands in lists, by its path.
  balancers = {
    for n, it in try(local.elb.loadBalancers, []) : "$.aws.elb.loadBalancers[${n}]" => it
  }
  listeners = merge([
    for at, balancer in local.balancers : {
      for n, it in try(balancer.listeners, []) : "${at}.listeners[${n}]" => it
    }
  ]...)
  rules = merge([
    for at, listener in local.listeners : {
      for n, it in try(listener.rules, []) : "${at}.rules[${n}]" => it
    }
  ]...)
  conditions = merge([
    for at, rule in local.rules : {
      for n, it in try(rule.conditions, []) : "${at}.conditions[${n}]" => it
    }
  ]...)
  groups = {
    for n, it in try(local.elb.targetGroups, []) : "$.aws.elb.targetGroups[${n}]" => it
  }
  attachments = {
    for n, it in try(local.service.loadBalancers, []) : "$.aws.ecs.service.loadBalancers[${n}]" => it
  }
  containers = {
    for n, it in try(local.task.containerDefinitions, []) : "$.aws.ecs.taskDefinition.containerDefinitions[${n}]" => it
  }

  # What each kind of object must have, and what else it may.
  kinds = {
    balancer = {
      objects = local.balancers
      must    = { type = "text", name = "text", listeners = "list" }
      may     = { securityGroups = "any" }
    }
    listener = {
      objects = local.listeners
      must    = { protocol = "text", port = "number" }
      may     = { rules = "list", action = "object" }
    }
    rule = {
      objects = local.rules
      must    = { placement = "text", conditions = "list", action = "object" }
      may     = {}
    }
    condition = {
      objects = local.conditions
      must    = { Field = "text", Values = "list" }
      may     = {}
    }
    group = {
      objects = local.groups
      must    = { name = "text", protocol = "text", port = "number" }
      may     = { healthCheck = "object" }
    }
    health = {
      objects = { for at, it in local.groups : "${at}.healthCheck" => it.healthCheck if can(it.healthCheck) }
      must    = {}
      may = {
        protocol           = "text"
        port               = "number"
        path               = "text"
        interval           = "number"
        timeout            = "number"
        healthyThreshold   = "number"
        unhealthyThreshold = "number"
        matcher            = "object"
      }
    }
    service = {
      objects = { "$.aws.ecs.service" = local.service }
      must    = { cluster = "text", name = "text", networkConfiguration = "object" }
      may = {
        allowExisting          = "flag"
        desiredCount           = "any"
        enableExecuteCommand   = "flag"
        healthCheckGracePeriod = "number"
        launchType             = "text"
        loadBalancers          = "list"
        scalableTarget         = "object"
        scalingPolicy          = "object"
      }
    }
    attachment = {
      objects = local.attachments
      must    = { loadBalancerName = "text", containerName = "text", containerPort = "number", targetGroup = "object" }
      may     = {}
    }
    task = {
      objects = { "$.aws.ecs.taskDefinition" = local.task }
      must    = { family = "text", containerDefinitions = "list", cpu = "any", memory = "any" }
      may = {
        executionRoleArn        = "text"
        networkMode             = "text"
        requiresCompatibilities = "list"
        taskRoleArn             = "text"
      }
    }
    container = {
      # Whatever else ECS knows may stand in these.
      objects = { for at, it in local.containers : at => { for key in ["name", "image"] : key => try(it[key], null) } }
      must    = { name = "text", image = "text" }
      may     = {}
    }
    request = {
      objects = { "$.verification.request" = local.request }
      must    = { url = "text" }
      may     = { method = "text", headers = "list" }
    }
  }

  shapes = flatten([
    for kind in local.kinds : [
      for at, it in kind.objects : concat(
        [for key, type in kind.must : "${at}.${key} is missing" if try(it[key], null) == null],
        [for key in keys(it) : "${at}.${key} is not known here" if !contains(keys(merge(kind.must, kind.may)), key)],
        [
          for key, type in merge(kind.must, kind.may) : "${at}.${key} is not a ${type}"
          if try(it[key], null) != null && !{
            any    = true
            flag   = can(tobool(it[key]))
            list   = can(flatten(it[key]))
            number = can(tonumber(it[key]))
            object = can(keys(it[key]))
            text   = can(tostring(it[key]))
          }[type]
        ],
      )
    ]
  ])

  # 0.25 vCPU or 256; 512mb, 1gb or 1024.
  cpu = try(1024 * regex("^([0-9.]+) *[vV]CPU$", local.task.cpu)[0], tonumber(local.task.cpu), null)
  memory = try(
    1 * regex("^([0-9]+) *[mM][bB]$", local.task.memory)[0],
    1024 * regex("^([0-9]+) *[gG][bB]$", local.task.memory)[0],
    tonumber(local.task.memory),
    null,
  )

  fields      = ["host-header", "path-pattern", "http-request-method", "source-ip"]
  names       = [for it in local.groups : try(it.name, "")]
  ports       = { for it in local.containers : try(it.name, "") => try(it.portMappings[*].containerPort, []) }
  resource_id = "service/${try(local.service.cluster, "")}/${try(local.service.name, "")}"

  # Objects that send requests to a target group.
  forwards = merge(
    { for at, it in local.rules : "${at}.action.targetGroupName" => try(it.action.targetGroupName, "") },
    { for at, it in local.listeners : "${at}.action.targetGroupName" => try(it.action.targetGroupName, "") if can(it.action) },
    { for at, it in local.attachments : "${at}.targetGroup.name" => try(it.targetGroup.name, "") },
  )

  meanings = concat(
    [
      for at, it in local.balancers : "${at}.type is application or network, not ${it.type}"
      if try(!contains(["application", "network"], it.type), false)
    ],
    [
      for at, it in local.rules : "${at}.placement is start or end, not ${it.placement}"
      if try(!contains(["start", "end"], it.placement), false)
    ],
    [
      for at, it in local.conditions : "${at}.Field is one of ${join(", ", local.fields)}, not ${it.Field}"
      if try(!contains(local.fields, it.Field), false)
    ],
    [
      for at, name in local.forwards : "${at}: there is no target group \"${name}\" in $.aws.elb.targetGroups"
      if !contains(local.names, name)
    ],
    [
      for at, it in local.groups : "${at}.name is at most 32 letters, digits and single dashes, not ${it.name}"
      if try(!can(regex("^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", it.name)) || length(it.name) > 32, false)
    ],
    [
      for at, it in local.groups : "${at}.name is not that of one entry of $.aws.ecs.service.loadBalancers"
      if length([for name in [for other in local.attachments : try(other.targetGroup.name, "")] : name if name == try(it.name, null)]) != 1
    ],
    [
      for at, it in local.attachments : "${at}.containerName: there is no container ${it.containerName}"
      if try(!contains(keys(local.ports), it.containerName), false)
    ],
    [
      for at, it in local.attachments : "${at}.containerPort: the container ${it.containerName} has no port ${it.containerPort}"
      if try(!contains(local.ports[it.containerName], it.containerPort), false)
    ],
    [
      for key in ["scalableTarget", "scalingPolicy"] :
      "$.aws.ecs.service.${key}.ResourceId is ${local.resource_id}, not ${local.service[key].ResourceId}"
      if try(local.service[key].ResourceId != local.resource_id, false)
    ],
    [
      for it in [local.service] : "$.aws.ecs.service.desiredCount is a number, auto or match, not ${it.desiredCount}"
      if can(it.desiredCount) && !can(tonumber(it.desiredCount)) && !try(contains(["auto", "match"], it.desiredCount), false)
    ],
    [
      for it in [local.task] : "$.aws.ecs.taskDefinition.cpu is such as 0.25 vCPU or 256, not ${it.cpu}"
      if can(it.cpu) && local.cpu == null
    ],
    [
      for it in [local.task] : "$.aws.ecs.taskDefinition.memory is such as 512mb, 1gb or 1024, not ${it.memory}"
      if can(it.memory) && local.memory == null
    ],
    flatten([
      for at, it in local.containers : [
        for secret in try(it.secrets, []) : "${at}.secrets: ${secret.name} is in environment, too"
        if try(contains(it.environment[*].name, secret.name), false)
      ]
    ]),
  )

  mistakes = (
    length(local.looked_at) > 0
    ? concat(local.shapes, local.meanings)
    : ["$ has no values for the environment ${var.environment}"]
  )
}
