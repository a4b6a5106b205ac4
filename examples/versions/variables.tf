variable "cluster_state" {
  type = object({
    backend = string
    config  = map(string)
  })
  default = {
    backend = "local"
    config  = { path = "cluster/terraform.tfstate" }
  }
  description = "Where the state of the cluster is: its backend, and what the block of this backend says."
}

variable "app" {
  type        = string
  default     = "Example"
  description = "The name of the app: ECS_APP_NAME."

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", var.app))
    error_message = "The name is letters, digits and single dashes."
  }
}

variable "environment" {
  type        = string
  default     = "Dev"
  description = "The environment: ENV."
}

variable "internal" {
  type        = bool
  default     = false
  description = "Whether the app is reached from inside the network only."
}

variable "hosts" {
  type        = list(string)
  default     = null
  description = "The names under which the live versions are asked for, such as those of a CDN. By default APP.DOMAIN."
}

variable "env" {
  type        = map(string)
  default     = {}
  description = "What the project's .env file says. Containers get all of it, and ecs.json may refer to it."
}

variable "versions" {
  type        = map(string)
  description = "The versions that are deployed, and since when, such as 2018-08-14T03:14:32Z."

  validation {
    condition     = alltrue([for time in values(var.versions) : can(regex("Z$", timeadd(time, "0s")))])
    error_message = "A time is such as 2018-08-14T03:14:32Z."
  }

  validation {
    condition = alltrue([
      for version in keys(var.versions) :
      can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", version)) && length("${var.app}-${version}") <= 32
    ])
    error_message = "A version is small letters, digits and single dashes, at most ${31 - length(var.app)} of them: a target group has no longer name."
  }
}

variable "traffic" {
  type        = map(number)
  default     = {}
  description = "The versions that are live, and the weight of each."

  validation {
    condition     = alltrue([for version in keys(var.traffic) : contains(keys(var.versions), version)])
    error_message = "A version that is live must be deployed: let others have its requests before it goes."
  }

  validation {
    condition     = length(var.traffic) <= 5 && alltrue([for weight in values(var.traffic) : weight >= 0 && weight <= 999])
    error_message = "At most 5 versions are live, with weights from 0 to 999."
  }
}

variable "tasks" {
  type        = map(number)
  default     = {}
  description = "The fewest tasks of some versions, instead of ecs-config.yml: as many as the live one has come to, before another takes over."
}

variable "retention" {
  type = object({
    older_than = string
    keep       = optional(number, 2)
    except     = optional(list(string), [])
  })
  default     = null
  description = "Which versions go: those older than such as 72h. The newest `keep` stay, those that begin with a text of `except`, and those that are live."
}
