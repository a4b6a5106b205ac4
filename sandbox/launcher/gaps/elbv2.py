"""Load balancers: a moment of provisioning, AWS's default attributes, and what it refuses."""

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError, InvalidConfigurationRequest, ValidationError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, FakeTargetGroup, elbv2_backends
from moto.elbv2.responses import ELBV2Response
from moto.moto_api._internal import mock_random

from gaps import clock
from gaps.wrap import wrap

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

GROUP_HEALTH = {
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
EVERY_GROUP = GROUP_HEALTH | {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "stickiness.enabled": "false",
}
HTTP_GROUP = EVERY_GROUP | {
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
}
NETWORK_GROUP = EVERY_GROUP | {
    "deregistration_delay.connection_termination.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
    "stickiness.type": "source_ip",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}


def install():
    balancers()
    listeners()
    groups()
    health()


def balancers():
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
        return balancer

    def activate(self):
        """Moto calls this when a balancer is described."""

    def state(self):
        """A load balancer is provisioning before it is active."""
        return {"Code": "active" if self.active_at <= clock.seconds() else "provisioning"}

    FakeLoadBalancer.activate = activate
    FakeLoadBalancer.load_balancer_state = property(state)
    FakeLoadBalancer.active_at = 0

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


def listeners():
    @wrap(ELBv2Backend, "create_listener")
    def create_listener(original, self, load_balancer_arn, protocol, port, *args, **kwargs):
        """Moto looks for the port among the ARNs."""
        balancer = self.load_balancers.get(load_balancer_arn)
        if balancer and any(str(it.port) == str(port) for it in balancer.listeners.values()):
            raise ELBClientError(
                "DuplicateListener",
                f"A listener already exists on this port for this load balancer '{load_balancer_arn}'",
            )
        actions = kwargs.get("actions") or (args[2] if len(args) > 2 else [])
        for action in actions:
            for arn in self._get_target_group_arns_from(action_data=action):
                group = self.target_groups.get(arn)
                if group and set(group.load_balancer_arns) - {load_balancer_arn}:
                    raise ELBClientError(
                        "TargetGroupAssociationLimit",
                        "The following target groups cannot be associated with more than one load "
                        f"balancer: {arn}",
                    )
        return original(load_balancer_arn, protocol, port, *args, **kwargs)


def groups():
    def load_balancer_arns(self):
        """Moto notes a balancer and never forgets it; this looks at the listeners that there are."""
        backend = elbv2_backends[self.account_id][self.region_name]
        found = []
        for balancer in backend.load_balancers.values():
            rules = (rule for it in balancer.listeners.values() for rule in it.rules.values())
            actions = (action for rule in rules for action in rule.actions)
            if any(self.arn in backend._get_target_group_arns_from(action_data=it.data) for it in actions):
                found.append(balancer.arn)
        return found

    FakeTargetGroup.load_balancer_arns = property(load_balancer_arns, lambda self, _: None)

    @wrap(ELBv2Backend, "create_target_group")
    def create_target_group(original, self, name, **kwargs):
        group = original(name, **kwargs)
        group.attributes = group_attributes(group)
        if kwargs.get("healthcheck_enabled") in (False, "false"):
            group.health_check_enabled = False
        if group.protocol_version == "GRPC" and not kwargs.get("matcher"):
            group.matcher = {"GrpcCode": "12"}
        return group

    @wrap(ELBV2Response, "modify_target_group")
    def modify_target_group(original, self):
        """Moto overlooks the gRPC codes."""
        group = original().result["TargetGroups"][0]
        code = self._get_param("Matcher.GrpcCode")
        if code:
            group.matcher = {"GrpcCode": code}
        return ActionResult({"TargetGroups": [group]})


def group_attributes(group):
    if group.target_type == "lambda":
        return GROUP_HEALTH | {"lambda.multi_value_headers.enabled": "false"}
    if group.protocol in ("HTTP", "HTTPS"):
        return dict(HTTP_GROUP)
    if group.protocol == "GENEVE":
        return {"deregistration_delay.timeout_seconds": "300", "stickiness.enabled": "false"}
    keeps = group.target_type == "instance" or group.protocol in ("UDP", "TCP_UDP")
    return NETWORK_GROUP | {"preserve_client_ip.enabled": "true" if keeps else "false"}


def health():
    @wrap(FakeTargetGroup, "health_for")
    def health_for(original, self, target, ec2_backend):
        """A target is initial before it is healthy, and unused without a load balancer."""
        shown = original(target, ec2_backend)
        known = self.targets.get(target["Id"])
        if known is None or shown.status != "healthy":
            return shown
        if not self.load_balancer_arns:
            shown.status, shown.reason = "unused", "Target.NotInUse"
            shown.description = "Target group is not configured to receive traffic from the load balancer"
        elif known.get("healthy_at", 0) > clock.seconds():
            shown.status, shown.reason = "initial", "Elb.RegistrationInProgress"
            shown.description = "Target registration is in progress"
        return shown
