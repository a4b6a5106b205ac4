resource "aws_launch_template" "it" {
  name_prefix            = "case-network-" #> replace: name_prefix = "case-network-b-"
  image_id               = "ami-1e749f67"
  update_default_version = true

  network_interfaces {
    associate_public_ip_address = "true" #> update(network_interfaces, latest_version, default_version): associate_public_ip_address = "false"
    delete_on_termination       = "true"
    description                 = "first"
    device_index                = 0
    security_groups             = ["sg-0123456789abcdef0"]
    subnet_id                   = "subnet-0123456789abcdef0"
    ipv4_address_count          = 2
  }

  network_interfaces {
    device_index       = 1
    private_ip_address = "10.0.0.5"
    ipv4_addresses     = ["10.0.0.5", "10.0.0.6"]
    ipv6_addresses     = ["fd00::5"]
    subnet_id          = "subnet-0123456789abcdef0"
  }

  instance_requirements {
    memory_mib {
      min = 2048 #> update(instance_requirements, latest_version, default_version): min = 4096
    }
    vcpu_count {
      min = 2
      max = 8
    }
    memory_gib_per_vcpu {
      min = 0.5
      max = 8
    }
    cpu_manufacturers    = ["intel", "amd"]
    instance_generations = ["current"]
    bare_metal           = "excluded"
  }
}

#> import-ignores: update_default_version, default_version
