"""EC2 Auto Scaling: names are unique, what is in use is not deleted, and groups have all their settings."""

import copy
import uuid

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from gaps.wrap import add, wrap

# What moto does not keep of a group, or not when it is changed.
SETTINGS = {
    "AvailabilityZoneDistribution": "availability_zone_distribution",
    "CapacityRebalance": "capacity_rebalance",
    "CapacityReservationSpecification": "capacity_reservation_specification",
    "Context": "context",
    "DefaultCooldown": "default_cooldown",
    "DefaultInstanceWarmup": "default_instance_warmup",
    "DesiredCapacityType": "desired_capacity_type",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "PlacementGroup": "placement_group",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
    "TerminationPolicies": "termination_policies",
}
TARGET_GROUP = ":targetgroup/"


def install():
    launch_configurations()
    groups()
    changes()
    traffic()
    refreshes()
    policies()


def launch_configurations():
    @wrap(AutoScalingResponse, "create_launch_configuration")
    def create_launch_configuration(original, self):
        name = self._get_param("LaunchConfigurationName")
        if name in self.autoscaling_backend.launch_configurations:
            raise AutoscalingClientError(
                "AlreadyExists",
                "Launch Configuration by this name already exists - A launch configuration already exists "
                f"with the name {name}",
            )
        return original()

    @wrap(AutoScalingBackend, "delete_launch_configuration")
    def delete_launch_configuration(original, self, launch_configuration_name):
        name = launch_configuration_name
        if name not in self.launch_configurations:
            raise ValidationError(
                f"Launch configuration name not found - Launch configuration {name} not found"
            )
        groups = self.autoscaling_groups.values()
        if any(getattr(it, "launch_configuration_name", None) == name for it in groups):
            raise AutoscalingClientError(
                "ResourceInUse",
                f"Cannot delete launch configuration {name} because it is attached to AutoScalingGroup",
            )
        return original(name)


def groups():
    @wrap(AutoScalingResponse, "create_auto_scaling_group")
    def create_auto_scaling_group(original, self):
        name = self._get_param("AutoScalingGroupName")
        if name in self.autoscaling_backend.autoscaling_groups:
            raise AutoscalingClientError(
                "AlreadyExists",
                "AutoScalingGroup by this name already exists - A group with the name "
                f"{name} already exists",
            )
        result = original()
        group, params = self.autoscaling_backend.autoscaling_groups[name], self._get_params()
        group.sources = []
        keep(group, params)
        attach(self.autoscaling_backend, group, params.get("TrafficSources", []))
        return result

    @wrap(AutoScalingResponse, "delete_auto_scaling_group")
    def delete_auto_scaling_group(original, self):
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        if group and group.instance_states and not self._get_bool_param("ForceDelete", False):
            raise AutoscalingClientError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
                "instance request(s) still in the group.",
            )
        # Moto leaves protected ones running; the group's end is theirs.
        for state in group.instance_states if group else []:
            state.protected_from_scale_in = False
        return original()


def keep(group, params):
    for name, attribute in SETTINGS.items():
        if name in params:
            setattr(group, attribute, params[name] if params[name] != "" else None)
    # These numbers and percentages take a setting away.
    policy = getattr(group, "instance_maintenance_policy", None)
    if policy and int(policy["MinHealthyPercentage"]) == -1:
        group.instance_maintenance_policy = None
    for attribute, nothing in [("default_instance_warmup", -1), ("max_instance_lifetime", 0)]:
        if getattr(group, attribute, None) in (nothing, str(nothing)):
            setattr(group, attribute, None)


def changes():
    @wrap(AutoScalingResponse, "update_auto_scaling_group")
    def update_auto_scaling_group(original, self):
        name, params = self._get_param("AutoScalingGroupName"), self._get_params()
        group = self.autoscaling_backend.autoscaling_groups.get(name)
        if group is None:
            raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
        result = original()
        if params.get("LaunchConfigurationName"):
            group.ec2_launch_template = None
        elif params.get("LaunchTemplate") or params.get("MixedInstancesPolicy"):
            group.launch_config = group.launch_configuration_name = None
        keep(group, params)
        return result

    @wrap(FakeAutoScalingGroup, "update")
    def update(original, self, *args, **kwargs):
        """A policy stays, unless something takes its place; moto forgets it with any change."""
        starts = ("launch_template", "launch_config_name", "mixed_instances_policy")
        if self.mixed_instances_policy and not any(kwargs.get(it) for it in starts):
            policy = copy.deepcopy(self.mixed_instances_policy)
            policy["LaunchTemplate"]["LaunchTemplateSpecification"].pop("LaunchTemplateName", None)
            kwargs["mixed_instances_policy"] = policy
        return original(*args, **kwargs)

    template = FakeAutoScalingGroup.launch_template

    def launch_template(self):
        """With a policy, the template is shown in it alone."""
        return None if self.mixed_instances_policy else template.fget(self)

    FakeAutoScalingGroup.launch_template = property(launch_template)

    @add(AutoScalingResponse)
    def disable_metrics_collection(self):
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        metrics = self._get_params().get("Metrics") or group.metrics
        group.metrics = [it for it in group.metrics if it not in metrics]
        return EmptyResult()

    @wrap(AutoScalingResponse, "enable_metrics_collection")
    def enable_metrics_collection(original, self):
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        before = list(group.metrics)
        result = original()
        group.metrics = [*before, *(it for it in group.metrics if it not in before)]
        return result


def traffic():
    def traffic_sources(self):
        kinds = [(self.target_group_arns, "elbv2"), (self.load_balancer_names, "elb")]
        known = [{"Identifier": it, "Type": kind} for all, kind in kinds for it in all]
        return known + getattr(self, "sources", [])

    FakeAutoScalingGroup.traffic_sources = property(traffic_sources)

    @add(AutoScalingResponse)
    def attach_traffic_sources(self):
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        attach(self.autoscaling_backend, group, self._get_params()["TrafficSources"])
        return EmptyResult()

    @add(AutoScalingResponse)
    def detach_traffic_sources(self):
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        gone = [it["Identifier"] for it in self._get_params()["TrafficSources"]]
        arns = [it for it in gone if TARGET_GROUP in it and it in group.target_group_arns]
        if arns:
            self.autoscaling_backend.detach_load_balancer_target_groups(group.name, arns)
        group.sources = [it for it in group.sources if it["Identifier"] not in gone]
        return EmptyResult()


def attach(backend, group, sources):
    arns = [it["Identifier"] for it in sources if TARGET_GROUP in it["Identifier"]]
    if arns:
        backend.attach_load_balancer_target_groups(group.name, arns)
    group.sources += [it for it in sources if it["Identifier"] not in arns]


def refreshes():
    @add(AutoScalingResponse)
    def start_instance_refresh(self):
        """Nothing is replaced here, but that is over at once."""
        name = self._get_param("AutoScalingGroupName")
        if name not in self.autoscaling_backend.autoscaling_groups:
            raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
        return ActionResult({"InstanceRefreshId": str(uuid.uuid4())})

    @add(AutoScalingResponse)
    def cancel_instance_refresh(self):
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found"
        )


def policies():
    @wrap(AutoScalingResponse, "put_scaling_policy")
    def put_scaling_policy(original, self):
        result = original()
        name, group = self._get_param("PolicyName"), self._get_param("AutoScalingGroupName")
        for policy in self.autoscaling_backend.policies.values():
            if policy.name == name and policy.auto_scaling_group_name == group:
                policy.enabled = self._get_bool_param("Enabled", True)
                policy.predictive_scaling_configuration = policy.predictive_scaling_configuration or None
                if policy.policy_type == "StepScaling":
                    policy.metric_aggregation_type = policy.metric_aggregation_type or "Average"
        return result
