variable "region" {
  type        = string
  default     = "ap-southeast-2"
  description = "The region of the cluster."
}

variable "cluster" {
  type        = string
  default     = "Dev"
  description = "The name of the cluster: ECS_CLUSTER_NAME."
}

variable "domain" {
  type        = string
  description = "The domain of the apps, for which a zone is made: each is APP.DOMAIN, and APP-VERSION.DOMAIN."
}

variable "cidr" {
  type        = string
  default     = "10.0.0.0/16"
  description = "The addresses of the network."
}

variable "instance_types" {
  type        = list(string)
  default     = ["m5.large", "m5a.large", "m6i.large", "c5.xlarge", "r5.large"]
  description = "Which spot instances will do. More kinds mean fewer interruptions."
}

variable "instances" {
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 20 }
  description = "How many instances there are, at least and at most. ECS says how many are needed."
}

variable "image_parameter" {
  type        = string
  default     = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id"
  description = "The parameter in which AWS publishes the newest image for container instances."
}
