variable "region" {
  type        = string
  default     = "us-east-2"
  description = "The region of the cluster."
}

variable "cluster" {
  type        = string
  default     = "digitalApps"
  description = "The short name of the cluster, with which the names of all its parts begin."

  validation {
    condition     = can(regex("^digital[A-Z][A-Za-z0-9]{1,20}$", var.cluster))
    error_message = "The name of a cluster is digital and a word with a capital, such as digitalApps."
  }
}

variable "domain" {
  type        = string
  description = "The domain of the apps: each is reached as NAME.DOMAIN. A zone is made for it."

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain must be one such as apps.example.org, in small letters."
  }
}

variable "public_key" {
  type        = string
  description = "The public key of those who may look into an instance by SSH, as it stands in a file such as ~/.ssh/id_ed25519.pub."

  validation {
    condition     = can(regex("^(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/=]+", var.public_key))
    error_message = "The key must begin with ssh-ed25519 or ssh-rsa: the public one, not the private."
  }
}

variable "config_bucket" {
  type        = string
  default     = null
  description = "The name of the bucket for the apps' environment variables. By default cob-CLUSTER-config."

  validation {
    condition     = try(startswith(var.config_bucket, "cob-"), var.config_bucket == null)
    error_message = "The name of a bucket begins with cob-, since all the world shares these names."
  }
}

variable "cidr" {
  type        = string
  default     = "10.30.0.0/16"
  description = "The addresses of the VPC."

  validation {
    condition     = can(cidrsubnet(var.cidr, 4, 0))
    error_message = "The cidr must be a range with room for 16 subnets, such as 10.30.0.0/16."
  }
}

variable "zones" {
  type        = number
  default     = 2
  description = "In how many availability zones there is a subnet."

  validation {
    condition     = var.zones >= 2 && var.zones <= 6 && floor(var.zones) == var.zones
    error_message = "A load balancer needs subnets in 2 zones or more."
  }
}

variable "vpn" {
  type = object({
    addresses = set(string)
    bgp_asn   = optional(number, 65000)
    networks  = optional(set(string), [])
  })
  default     = null
  description = "The City's VPN devices: their addresses, and the networks behind them unless they tell them by BGP. By default there is no VPN."

  validation {
    condition     = var.vpn == null || try(alltrue([for it in var.vpn.addresses : can(cidrhost("${it}/32", 0))]), false)
    error_message = "Each address of a VPN device must be an IPv4 address."
  }
}

variable "ssh_from" {
  type        = set(string)
  default     = []
  description = "The ranges from which instances may be reached by SSH, such as those of City Hall's proxies."

  validation {
    condition     = alltrue([for it in var.ssh_from : can(cidrhost(it, 0))])
    error_message = "Each range must be one such as 203.0.113.0/24."
  }
}

variable "instance_type" {
  type        = string
  default     = "t3.small"
  description = "The type of the instances."
}

variable "instances" {
  type = object({
    min = optional(number, 2)
    max = optional(number, 6)
  })
  default     = {}
  description = "How many instances there are at least and at most."

  validation {
    condition     = var.instances.min >= 1 && var.instances.min <= var.instances.max
    error_message = "There must be 1 instance or more, and no more at least than at most."
  }
}

variable "image_parameter" {
  type        = string
  default     = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id"
  description = "The parameter in which AWS publishes the newest image for container instances."
}

variable "ci_user" {
  type        = string
  default     = "digitalTravis"
  description = "The name of the CI's user."

  validation {
    condition     = can(regex("^digital[A-Z][A-Za-z0-9]*$", var.ci_user))
    error_message = "Users belong to the whole account, so their names are digital and a word with a capital."
  }
}

variable "repository_namespace" {
  type        = string
  default     = "digital-apps"
  description = "What the names of the apps' repositories begin with."

  validation {
    condition     = can(regex("^[a-z0-9]+([-_.][a-z0-9]+)*$", var.repository_namespace))
    error_message = "The namespace is small letters and digits, with single dashes, dots or underscores between."
  }
}

variable "force_destroy" {
  type        = bool
  default     = false
  description = "Whether a destroy may remove the bucket and the zone with what others have put into them."
}
