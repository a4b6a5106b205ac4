"""Load balancers: a moment of provisioning, AWS's default attributes, addresses, reserved capacity."""

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError, InvalidConfigurationRequest, ValidationError
from moto.elbv2.models import AvailabilityZone, ELBv2Backend, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response
from moto.moto_api._internal import mock_random

from gaps import clock
from gaps.wrap import add, wrap

# The hosted zones that AWS's load balancers answer from; elsewhere a made-up one.
ZONES = {
    ("application", "us-east-1"): "Z35SXDOTRQ7X7K",
    ("application", "us-west-2"): "Z1H1FL5HABSF5",
    ("application", "eu-west-1"): "Z32O12XQLNTSW2",
    ("application", "eu-central-1"): "Z215JYRZR1TBD5",
    ("network", "us-east-1"): "Z26RNL4JYFTOTI",
    ("network", "us-west-2"): "Z18D5FSROUN65G",
    ("network", "eu-west-1"): "Z2IFOLAFXWLO4F",
    ("network", "eu-central-1"): "Z3F0SRJ5LGBH90",
}

EVERY_BALANCER = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "ipv6.deny_all_igw_traffic": "false",
    "zonal_shift.config.enabled": "false",
}
BALANCER_ATTRIBUTES = {
    "application": EVERY_BALANCER
    | {
        "client_keep_alive.seconds": "3600",
        "connection_logs.s3.bucket": "",
        "connection_logs.s3.enabled": "false",
        "connection_logs.s3.prefix": "",
        "idle_timeout.timeout_seconds": "60",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
    },
    "network": EVERY_BALANCER
    | {
        "dns_record.client_routing_policy": "any_availability_zone",
        "load_balancing.cross_zone.enabled": "false",
        "secondary_ips.auto_assigned.per_subnet": "0",
    },
    "gateway": {"deletion_protection.enabled": "false", "load_balancing.cross_zone.enabled": "false"},
}


def install():
    creation()
    deletion()
    places()
    capacity()


def creation():
    @wrap(ELBv2Backend, "create_load_balancer")
    def create_load_balancer(original, self, name, security_groups, subnet_ids, **kwargs):
        kind = kwargs.get("loadbalancer_type") or "application"
        scheme = kwargs["scheme"] = kwargs.get("scheme") or "internet-facing"
        ids = [*subnet_ids, *(it["SubnetId"] for it in kwargs.get("subnet_mappings") or [])]
        subnets = [self.ec2_backend.get_subnet(it) for it in ids]
        check_subnets(self, kind, scheme, subnets)
        before = next((it for it in self.load_balancers.values() if it.name == name), None)
        if before:
            return same(before, scheme, kind, ids, security_groups)
        if kind == "application" and not security_groups and subnets:
            security_groups = [self.ec2_backend.get_default_security_group(subnets[0].vpc_id).id]
        balancer = original(name, security_groups, subnet_ids, **kwargs)
        balancer.attrs = dict(BALANCER_ATTRIBUTES[kind])
        zone = ZONES.get((kind, self.region_name), "Z00000000EXAMPLE")
        balancer.canonical_hosted_zone_id = zone
        inside = "internal-" if scheme == "internal" and kind == "application" else ""
        number = mock_random.randint(10**8, 10**10)
        balancer.dns_name = f"{inside}{name}-{number}.{self.region_name}.elb.amazonaws.com"
        balancer.active_at = clock.seconds() + clock.PHASE
        balancer.addresses = addresses(self, kwargs.get("subnet_mappings"))
        if kind == "network" and security_groups:
            balancer.enforce_security_group_inbound_rules_on_private_link_traffic = "on"
        return balancer

    def activate(self):
        """Moto calls this when a balancer is described."""

    def state(self):
        """A load balancer is provisioning before it is active."""
        return {"Code": "active" if self.active_at <= clock.seconds() else "provisioning"}

    FakeLoadBalancer.activate = activate
    FakeLoadBalancer.load_balancer_state = property(state)
    FakeLoadBalancer.active_at = 0


def deletion():
    @wrap(ELBv2Backend, "delete_load_balancer")
    def delete_load_balancer(original, self, arn):
        balancer = self.load_balancers.get(arn)
        if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        return original(arn)


def check_subnets(backend, kind, scheme, subnets):
    if not subnets:
        return
    zones = [it.availability_zone for it in subnets]
    if len(set(zones)) < len(zones):
        raise InvalidConfigurationRequest(
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        )
    if kind == "application" and len(zones) < 2:
        raise ValidationError(
            "At least two subnets in two different Availability Zones must be specified"
        )
    vpc = backend.ec2_backend.get_vpc(subnets[0].vpc_id)
    gateways = backend.ec2_backend.internet_gateways.values()
    # Moto's default VPC lacks the gateway that AWS's has.
    if scheme == "internet-facing" and not vpc.is_default:
        if not any(it.vpc and it.vpc.id == vpc.id for it in gateways):
            raise ELBClientError("InvalidSubnet", f"VPC {vpc.id} has no internet gateway")


def same(before, scheme, kind, subnet_ids, security_groups):
    """Creating the same balancer again gives the one that exists."""
    alike = (
        before.scheme == scheme
        and before.type == kind
        and {it.id for it in before.subnets} == set(subnet_ids)
        and set(before.security_groups or []) >= set(security_groups or [])
    )
    if alike:
        return before
    raise ELBClientError(
        "DuplicateLoadBalancerName",
        f"A load balancer with the same name '{before.name}' exists, but with different settings",
    )


def addresses(backend, mappings):
    """What each subnet's address is, where it was chosen."""
    found = {}
    for it in mappings or []:
        address = {
            "AllocationId": it.get("AllocationId"),
            "PrivateIPv4Address": it.get("PrivateIPv4Address"),
            "IPv6Address": it.get("IPv6Address"),
        }
        for eip in backend.ec2_backend.describe_addresses():
            if it.get("AllocationId") == eip.allocation_id:
                address["IpAddress"] = eip.public_ip
        address = {name: value for name, value in address.items() if value}
        found[it["SubnetId"]] = [address] if address else []
    return found


def places():
    def availability_zones(self):
        zones = [AvailabilityZone(it) for it in self.subnets]
        for it in zones:
            it.load_balancer_addresses = self.addresses.get(it.subnet_id, [])
        return zones

    FakeLoadBalancer.availability_zones = property(availability_zones)
    FakeLoadBalancer.addresses = {}

    @wrap(ELBv2Backend, "set_subnets")
    def set_subnets(original, self, arn, subnets, subnet_mappings):
        """A network load balancer may be in one zone."""
        balancer = self.load_balancers.get(arn)
        if balancer is None or balancer.type == "application":
            return original(arn, subnets, subnet_mappings)
        ids = [*subnets, *(it["SubnetId"] for it in subnet_mappings)]
        balancer.subnets = [self.ec2_backend.get_subnet(it) for it in ids]
        balancer.addresses = balancer.addresses | addresses(self, subnet_mappings)
        return balancer.availability_zones

    @wrap(ELBV2Response, "set_security_groups")
    def set_security_groups(original, self):
        """Moto overlooks whether the groups are for private links too."""
        name = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
        balancer = self.elbv2_backend.load_balancers.get(self._get_param("LoadBalancerArn"))
        if balancer and self._get_param(name):
            balancer.enforce_security_group_inbound_rules_on_private_link_traffic = self._get_param(name)
        return original()


def capacity():
    """Moto has a capacity that nobody can ask for."""

    def told(self):
        arn = self._get_param("LoadBalancerArn")
        balancer = self.elbv2_backend.describe_load_balancers([arn], None)[0]
        units = getattr(balancer, "capacity_units", None)
        result = {"CapacityReservationState": []}
        if units:
            zones = [it.availability_zone for it in balancer.subnets]
            result["MinimumLoadBalancerCapacity"] = {"CapacityUnits": units}
            result["CapacityReservationState"] = [
                {"State": {"Code": "provisioned"}, "AvailabilityZone": it} for it in zones
            ]
        return balancer, result

    @add(ELBV2Response)
    def describe_capacity_reservation(self):
        return ActionResult(told(self)[1])

    @add(ELBV2Response)
    def modify_capacity_reservation(self):
        balancer, _ = told(self)
        wanted = self._get_param("MinimumLoadBalancerCapacity") or {}
        balancer.capacity_units = None if self._get_param("ResetCapacityReservation") else wanted.get("CapacityUnits")
        return ActionResult(told(self)[1])
