# A cloud spec as one environment has it: read, and looked through for mistakes.

terraform {
  required_providers {
    groundplan = {
      source = "groundplan/groundplan"
    }
  }
}

variable "path" {
  type        = string
  description = "The file."
}

variable "environment" {
  type        = string
  description = "The environment whose values count."
}

variable "build_version" {
  type        = string
  description = "What stands for $${BUILD_VERSION}."
}

variable "stand_ins" {
  type        = map(string)
  description = "What to read instead of words of the file."
}

locals {
  given = provider::groundplan::envsubst(file(var.path), { BUILD_VERSION = var.build_version })
  words = regexall("[A-Za-z0-9_-]+|[^A-Za-z0-9_-]+", local.given)
  every = jsondecode(join("", [for word in local.words : lookup(var.stand_ins, word, word)]))
  spec  = provider::groundplan::for_environment(local.every, var.environment)
}

output "spec" {
  description = "The spec, with the values of the environment."
  value       = local.spec

  precondition {
    condition     = length(local.mistakes) == 0
    error_message = "${basename(var.path)} is not right for ${var.environment}:\n${join("\n", local.mistakes)}"
  }
}

output "cpu" {
  description = "What the task gets, in units of 1/1024 of a CPU."
  value       = local.cpu
}

output "memory" {
  description = "What the task gets, in MiB."
  value       = local.memory
}
