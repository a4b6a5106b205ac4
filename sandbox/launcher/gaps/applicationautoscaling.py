"""Application Auto Scaling: tags, defaults, and what depends on what."""

import json

from moto.applicationautoscaling import responses
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError

from gaps.wrap import add, wrap


class ObjectNotFound(JsonRESTError):
    def __init__(self, message):
        super().__init__("ObjectNotFoundException", message)


class ResourceNotFound(JsonRESTError):
    def __init__(self, arn):
        super().__init__(
            "ResourceNotFoundException",
            f"The scalable target corresponding to the ARN {arn} was not found.",
        )


def install():
    targets()
    policies()
    pages()
    tags()


def targets():
    @wrap(ApplicationAutoscalingBackend, "register_scalable_target")
    def register_scalable_target(original, self, namespace, r_id, *args, **kwargs):
        """AWS fills in the service-linked role and the suspended state, and refuses a deleted service."""
        if namespace == "ecs":
            _, cluster, service = r_id.split("/")
            found, _ = self.ecs_backend.describe_services(cluster, [service])
            if found and found[0].status != "ACTIVE":
                raise responses.AWSValidationException(f"ECS service doesn't exist: {r_id}")
        target = original(namespace, r_id, *args, **kwargs)
        if not target.role_arn:
            target.role_arn = service_linked_role(self.account_id, namespace)
        state = target.suspended_state or {}
        names = ["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"]
        target.suspended_state = {name: state.get(name, False) for name in names}
        return target

    @wrap(ApplicationAutoscalingBackend, "deregister_scalable_target")
    def deregister_scalable_target(original, self, namespace, r_id, dimension):
        """AWS deletes the target's policies and scheduled actions with it."""
        if not self._scalable_target_exists(r_id, dimension):
            raise ObjectNotFound(
                f"No scalable target found for service namespace: {namespace}, "
                f"resource ID: {r_id}, scalable dimension: {dimension}"
            )
        for key, policy in list(self.policies.items()):
            if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
                policy.delete_alarms(self.account_id, self.region_name)
                del self.policies[key]
        self.scheduled_actions = [
            it
            for it in self.scheduled_actions
            if (it.resource_id, it.scalable_dimension) != (r_id, dimension)
        ]
        original(namespace, r_id, dimension)


def service_linked_role(account, namespace):
    suffix = {
        "ecs": "ECSService",
        "dynamodb": "DynamoDBTable",
        "rds": "RDSCluster",
        "lambda": "LambdaConcurrency",
    }.get(namespace, "Custom")
    return (
        f"arn:aws:iam::{account}:role/aws-service-role/{namespace}.application-autoscaling"
        f".amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{suffix}"
    )


def policies():
    @wrap(ApplicationAutoscalingBackend, "put_scaling_policy")
    def put_scaling_policy(original, self, **policy):
        """A policy needs its target; one put again keeps its ARN and age, and has no more alarms."""
        resource, dimension = policy["resource_id"], policy["scalable_dimension"]
        if not self._scalable_target_exists(resource, dimension):
            raise ObjectNotFound(
                f"No scalable target registered for service namespace: {policy['service_namespace']}, "
                f"resource ID: {resource}, scalable dimension: {dimension}"
            )
        policy["policy_type"] = policy["policy_type"] or "StepScaling"
        before = [it for it in self.policies.values() if it.policy_name == policy["policy_name"]]
        before = [it for it in before if (it.resource_id, it.scalable_dimension) == (resource, dimension)]
        made = original(**policy)
        for old in before:
            made.policy_arn, made.creation_time = old.policy_arn, old.creation_time
            old.delete_alarms(self.account_id, self.region_name)
        tracking = made.target_tracking_scaling_policy_configuration
        if tracking is not None:
            tracking.setdefault("DisableScaleIn", False)
        return made

    @wrap(ApplicationAutoscalingBackend, "delete_scaling_policy")
    def delete_scaling_policy(original, self, **policy):
        """AWS's code for a policy that is not there is ObjectNotFoundException."""
        try:
            original(**policy)
        except responses.AWSValidationException as error:
            raise ObjectNotFound(error.message)


def pages():
    @wrap(ApplicationAutoScalingResponse, "describe_scaling_policies")
    def describe_scaling_policies(original, self):
        """Moto overlooks PolicyNames."""
        answer = json.loads(original())
        names = self._get_param("PolicyNames")
        if names:
            answer["ScalingPolicies"] = [
                it for it in answer["ScalingPolicies"] if it["PolicyName"] in names
            ]
        return json.dumps(answer)

    @wrap(ApplicationAutoScalingResponse, "describe_scalable_targets")
    def describe_scalable_targets(original, self):
        """Moto's second token points back into the first page."""
        self._validate_params()
        found = self.applicationautoscaling_backend.describe_scalable_targets(
            self._get_param("ServiceNamespace"),
            self._get_param("ResourceIds"),
            self._get_param("ScalableDimension"),
        )
        start = int(self._get_param("NextToken") or 0)
        end = start + (self._get_int_param("MaxResults") or 50)
        answer = {"ScalableTargets": [responses._build_target(it) for it in found[start:end]]}
        if end < len(found):
            answer["NextToken"] = str(end)
        return json.dumps(answer)


def tags():
    @wrap(ApplicationAutoScalingResponse, "register_scalable_target")
    def register_scalable_target(original, self):
        answer = original()
        written = self._get_param("Tags")
        if written:
            target(self, json.loads(answer)["ScalableTargetARN"]).tags = written
        return answer

    @add(ApplicationAutoScalingResponse)
    def list_tags_for_resource(self):
        found = target(self, self._get_param("ResourceARN"))
        return json.dumps({"Tags": getattr(found, "tags", {})})

    @add(ApplicationAutoScalingResponse)
    def tag_resource(self):
        found = target(self, self._get_param("ResourceARN"))
        found.tags = getattr(found, "tags", {}) | self._get_param("Tags")
        return json.dumps({})

    @add(ApplicationAutoScalingResponse)
    def untag_resource(self):
        found = target(self, self._get_param("ResourceARN"))
        gone = self._get_param("TagKeys")
        found.tags = {k: v for k, v in getattr(found, "tags", {}).items() if k not in gone}
        return json.dumps({})


def target(response, arn):
    for of_dimension in response.applicationautoscaling_backend.targets.values():
        for it in of_dimension.values():
            if it.arn == arn:
                return it
    raise ResourceNotFound(arn)
