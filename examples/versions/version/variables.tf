variable "app" {
  type        = string
  description = "The name of the app."
}

variable "environment" {
  type        = string
  description = "The environment."
}

variable "build_version" {
  type        = string
  description = "The version, which is the tag of its image, too."
}

variable "env" {
  type        = map(string)
  description = "What the project's .env file says."
}

variable "task_role" {
  type        = string
  description = "The role of the tasks, if ecs.json names none."
}

variable "cluster" {
  type = object({
    name              = string
    arn               = string
    capacity_provider = string
    vpc_id            = string
    zone_id           = string
    domain            = string
  })
  description = "What is needed of the cluster: its outputs."
}

variable "balancer" {
  type = object({
    dns_name = string
    zone_id  = string
  })
  description = "The app's load balancer."
}

variable "listener" {
  type        = string
  description = "Its listener for HTTPS."
}

variable "tasks" {
  type        = number
  default     = null
  description = "The fewest tasks, instead of ecs-config.yml."
}
