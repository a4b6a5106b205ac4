resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c"][count.index]}"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "lb-case-network-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_eip" "main" {
  count      = 2
  domain     = "vpc"
  depends_on = [aws_internet_gateway.main]
}

resource "aws_lb" "it" {
  name_prefix                                                  = "case-"
  load_balancer_type                                           = "network"
  security_groups                                              = [aws_security_group.main[0].id]      #> update: security_groups = aws_security_group.main[*].id
  dns_record_client_routing_policy                             = "partial_availability_zone_affinity" #> update: dns_record_client_routing_policy = "availability_zone_affinity"
  enable_cross_zone_load_balancing                             = true                                 #> update: enable_cross_zone_load_balancing = false
  enforce_security_group_inbound_rules_on_private_link_traffic = "off"                                #> update: enforce_security_group_inbound_rules_on_private_link_traffic = "on"

  subnet_mapping {
    subnet_id     = aws_subnet.main[0].id
    allocation_id = aws_eip.main[0].id #> replace(subnet_mapping, subnets): allocation_id = aws_eip.main[1].id
  }

  tags = {
    team = "edge" #> update: team = "core"
  }

  depends_on = [aws_internet_gateway.main]
}
