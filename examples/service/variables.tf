variable "cluster_state" {
  type = object({
    backend = string
    config  = map(string)
  })
  default = {
    backend = "local"
    config  = { path = "../cluster/terraform.tfstate" }
  }
  description = "Where the state of the cluster is: its backend, and what the block of this backend says."
}

variable "name" {
  type        = string
  default     = null
  description = "The name of the app's GitHub repository, with -staging behind it for its staging. By default the workspace."

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", coalesce(var.name, terraform.workspace))) && length(coalesce(var.name, terraform.workspace)) <= 32
    error_message = "The name is at most 32 small letters, digits and single dashes: a target group has no longer name."
  }

  validation {
    condition     = coalesce(var.name, terraform.workspace) != "default"
    error_message = "Each app has a workspace of its own, called after it: set TF_WORKSPACE=NAME."
  }
}

variable "host" {
  type        = string
  default     = null
  description = "The name under which the app is reached, in the domain of the cluster. By default NAME.DOMAIN."
}

variable "env" {
  type        = map(string)
  default     = {}
  sensitive   = true
  description = "The app's environment variables in production, credentials among them. NEXT_ASSET_PREFIX is added."

  validation {
    condition     = alltrue([for name, value in var.env : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name)) && !strcontains(value, "\n")])
    error_message = "A name is letters, digits and underscores, and a value is a single line."
  }
}

variable "tag" {
  type        = string
  default     = "latest"
  description = "The image with which the service begins. Later ones are deployed by the CI."
}

variable "tasks" {
  type        = number
  default     = 1
  description = "How many containers run."

  validation {
    condition     = var.tasks >= 0 && floor(var.tasks) == var.tasks
    error_message = "The number of containers is 0, 1, 2 and so on."
  }
}

variable "images" {
  type        = number
  default     = 900
  description = "How many images the repository keeps."

  validation {
    condition     = var.images >= 1 && var.images < 1000
    error_message = "A repository holds 1000 images: keep fewer, so that a new one has room."
  }
}

variable "alarm_topics" {
  type        = set(string)
  default     = []
  description = "The topics that are told when nothing is healthy."
}
