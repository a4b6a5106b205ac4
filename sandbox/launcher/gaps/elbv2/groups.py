"""Target groups: AWS's default attributes, whom they belong to, and how targets become healthy."""

from moto.core.responses import ActionResult
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup, elbv2_backends
from moto.elbv2.responses import ELBV2Response

from gaps import clock
from gaps.wrap import wrap

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
    attributes()
    health()


def attributes():
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
        elif known.get("sick"):
            shown.status, shown.reason = "unhealthy", "Target.ResponseCodeMismatch"
            shown.description = "Health checks failed with these codes: [503]"
        return shown
