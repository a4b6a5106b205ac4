variable "environment" {
  type        = string
  description = "Which one this is. Each has a variable file and a workspace of its own."

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment is staging or production."
  }

  validation {
    condition     = var.environment == terraform.workspace
    error_message = "The workspace is not that of this environment: set TF_WORKSPACE to its name."
  }
}

variable "project" {
  type        = string
  default     = "sample-webapp"
  description = "The name of the project, as in project/."
}

variable "tag" {
  type        = string
  description = "The tag of the image to deploy."

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.tag)) && var.tag != "latest"
    error_message = "The tag is that of one image, such as the id of its commit; latest is not."
  }
}

variable "tasks" {
  type        = number
  description = "How many copies run."

  validation {
    condition     = var.tasks >= 1 && floor(var.tasks) == var.tasks
    error_message = "There must be 1 copy or more."
  }
}

variable "size" {
  type = object({
    cpu    = number
    memory = number
  })
  default     = { cpu = 256, memory = 512 }
  description = "What each copy gets: units of 1/1024 of a CPU, and MiB of memory."
}

variable "path" {
  type        = string
  default     = "/"
  description = "The path under which the app answers. The load balancer does not take it away, so the app must know it."

  validation {
    condition     = startswith(var.path, "/") && endswith(var.path, "/")
    error_message = "The path begins and ends with a slash."
  }
}

variable "env" {
  type        = map(string)
  default     = {}
  description = "The app's environment variables."
}

variable "expected" {
  type        = string
  default     = "Hello World!"
  description = "What the app's answer contains when all is well."
}

variable "smoke_url" {
  type        = string
  default     = null
  description = "Where to ask after a deployment. By default the load balancer."
}
