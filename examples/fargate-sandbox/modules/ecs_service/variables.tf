variable "account" {
  type        = string
  description = "The AWS account, part of the bucket's name."
}

variable "vpc_name" {
  type = string
}

variable "cluster_name" {
  type = string
}

variable "cluster_arn" {
  type = string
}

variable "artifactory_creds_arn" {
  type        = string
  default     = null
  description = "The secret with which images are pulled from the team's own registry, if there is one."
}

variable "service_name" {
  type = string
}

variable "zone_id" {
  type = string
}

variable "zone_name" {
  type = string
}

variable "lb_ingress_cidrs" {
  type        = list(string)
  default     = []
  description = "Who may reach the load balancer, beside the shared security groups."
}

variable "app_port" {
  type = number
}

variable "lb_port" {
  type = number
}

variable "healthcheck_protocol" {
  type    = string
  default = "HTTP"
}

variable "healthcheck_path" {
  type    = string
  default = "/"
}

variable "healthcheck_matcher" {
  type    = string
  default = "200"
}

variable "task_min" {
  type = number
}

variable "task_max" {
  type = number
}

variable "cpu_target" {
  type = number
}

variable "memory_target" {
  type = number
}

variable "image" {
  type        = string
  default     = "public.ecr.aws/nginx/nginx:stable"
  description = "Runs until the first deployment."
}
