variable "spec" {
  type        = string
  default     = "cloud-spec.json"
  description = "The file with the cloud spec."

  validation {
    condition     = can(jsondecode(file(var.spec)))
    error_message = "The cloud spec is a file with JSON: there is none, or it is not JSON."
  }
}

variable "environment" {
  type        = string
  description = "Which of the spec's environments this is, such as prestaging. The workspace is called so, or ends so."


  validation {
    condition     = terraform.workspace == var.environment || endswith(terraform.workspace, "-${var.environment}")
    error_message = "The workspace is not one of this environment: set TF_WORKSPACE to ${var.environment}, or to NAME-${var.environment} if the environment has several specs."
  }
}

variable "build_version" {
  type        = string
  default     = ""
  description = "What stands for $${BUILD_VERSION} in the spec."

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]*$", var.build_version))
    error_message = "A version is letters, digits, dots, dashes and underscores."
  }
}

variable "stand_ins" {
  type        = map(string)
  default     = {}
  description = "What to read instead of words of the spec, where it is used in another account: ids of subnets and security groups, the number of the account."
}

variable "verification_url" {
  type        = string
  default     = null
  description = "Where to ask whether the service is there, instead of the spec's address."
}

variable "rules_limit" {
  type        = number
  default     = 100
  description = "The highest priority of a rule: those at the end of a listener count down from it. The account's limit of rules by default."
}
