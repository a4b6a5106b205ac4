#> no-disappear: there is one in every region, and to destroy this is to leave it alone
resource "aws_default_vpc" "it" {
  enable_dns_hostnames                 = false #> update: enable_dns_hostnames = true
  enable_dns_support                   = true
  enable_network_address_usage_metrics = true  #> update: enable_network_address_usage_metrics = false
  force_destroy                        = false

  tags = {
    Name = "default-vpc-case" #> update: Name = "default-vpc-case-new"
  }
}
