#> no-disappear: there is one in every zone, and to destroy this is to leave it alone
resource "aws_default_subnet" "it" {
  availability_zone                           = "us-east-1f"
  enable_resource_name_dns_a_record_on_launch = true            #> update: enable_resource_name_dns_a_record_on_launch = false
  map_public_ip_on_launch                     = false           #> update: map_public_ip_on_launch = true
  private_dns_hostname_type_on_launch         = "resource-name" #> update: private_dns_hostname_type_on_launch = "ip-name"
  force_destroy                               = false

  tags = {
    Name = "default-subnet-case" #> update: Name = "default-subnet-case-new"
  }
}
