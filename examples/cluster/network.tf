# The network: a public subnet in each zone, a way out of it, and the tunnels to City Hall if there are any.

data "aws_availability_zones" "available" {
  state = "available"
}

resource "aws_vpc" "apps" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true

  tags = {
    Name = var.cluster
  }
}

resource "aws_subnet" "apps" {
  for_each = {
    for n, zone in slice(data.aws_availability_zones.available.names, 0, var.zones) :
    zone => cidrsubnet(var.cidr, 4, n)
  }

  vpc_id                  = aws_vpc.apps.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = true

  tags = {
    Name = "${var.cluster}-${each.key}"
  }
}

resource "aws_internet_gateway" "apps" {
  vpc_id = aws_vpc.apps.id

  tags = {
    Name = var.cluster
  }
}

resource "aws_route_table" "apps" {
  vpc_id = aws_vpc.apps.id

  tags = {
    Name = var.cluster
  }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.apps.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.apps.id
}

resource "aws_route_table_association" "apps" {
  for_each = aws_subnet.apps

  subnet_id      = each.value.id
  route_table_id = aws_route_table.apps.id
}

resource "aws_vpn_gateway" "city" {
  count = var.vpn == null ? 0 : 1

  vpc_id = aws_vpc.apps.id

  tags = {
    Name = var.cluster
  }
}

resource "aws_customer_gateway" "city" {
  for_each = toset(var.vpn == null ? [] : var.vpn.addresses)

  ip_address = each.value
  bgp_asn    = var.vpn.bgp_asn
  type       = "ipsec.1"

  tags = {
    Name = "${var.cluster}-${each.value}"
  }
}

resource "aws_vpn_connection" "city" {
  for_each = aws_customer_gateway.city

  customer_gateway_id = each.value.id
  vpn_gateway_id      = aws_vpn_gateway.city[0].id
  type                = "ipsec.1"
  static_routes_only  = length(var.vpn.networks) > 0

  tags = {
    Name = "${var.cluster}-${each.key}"
  }
}

resource "aws_vpn_connection_route" "city" {
  for_each = var.vpn == null ? {} : {
    for it in setproduct(var.vpn.addresses, var.vpn.networks) : "${it[0]} ${it[1]}" => it
  }

  vpn_connection_id      = aws_vpn_connection.city[each.value[0]].id
  destination_cidr_block = each.value[1]
}

# The route table learns what the tunnels lead to, whether by BGP or from the routes above.
resource "aws_vpn_gateway_route_propagation" "city" {
  count = var.vpn == null ? 0 : 1

  vpn_gateway_id = aws_vpn_gateway.city[0].id
  route_table_id = aws_route_table.apps.id
}

resource "aws_security_group" "balancer" {
  name        = "${var.cluster}Balancer"
  description = "The load balancer of ${var.cluster}: HTTP and HTTPS from anywhere"
  vpc_id      = aws_vpc.apps.id
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each = { http = 80, https = 443 }

  security_group_id = aws_security_group.balancer.id
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 0
  to_port                      = 65535
  referenced_security_group_id = aws_security_group.instances.id
}

resource "aws_security_group" "instances" {
  name        = "${var.cluster}Instances"
  description = "The instances of ${var.cluster}: all TCP from the load balancer"
  vpc_id      = aws_vpc.apps.id
}

# Containers get a port of the instance by chance, so the load balancer needs them all.
resource "aws_vpc_security_group_ingress_rule" "instances" {
  security_group_id            = aws_security_group.instances.id
  ip_protocol                  = "tcp"
  from_port                    = 0
  to_port                      = 65535
  referenced_security_group_id = aws_security_group.balancer.id
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  for_each = var.ssh_from

  security_group_id = aws_security_group.instances.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_egress_rule" "instances" {
  security_group_id = aws_security_group.instances.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
