"""Services: what is written is read back with AWS's defaults, and what AWS refuses is refused."""

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException, EcsClientException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import elbv2_backends

from gaps import clock
from gaps.ecs import rollout
from gaps.ecs.clusters import check_strategy, strategy
from gaps.wrap import add, wrap

# What a service keeps as it was written.
KEPT = [
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "availabilityZoneRebalancing",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "serviceRegistries",
    # These are told with the deployments.
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
]

# A change of one of these starts a new deployment.
DEPLOYED = [
    "capacityProviderStrategy",
    "loadBalancers",
    "networkConfiguration",
    "platformVersion",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
]


def install():
    creation()
    updates()
    deletion()
    reading()


def creation():
    @wrap(Service, "_validate_network")
    def validate_network(original, self, network):
        """Security groups may be left out; AWS takes the VPC's default group then."""
        network["awsvpcConfiguration"].setdefault("securityGroups", [])
        return original(network)

    @wrap(EC2ContainerServiceResponse, "create_service")
    def create_service(original, self):
        backend, request = self.ecs_backend, dict(self._get_params())
        cluster = backend._get_cluster(request.get("cluster") or "default")
        refuse_second(backend, cluster, request["serviceName"])
        check(backend, cluster, request)
        service = original().result["service"]
        values = with_defaults(cluster, request)
        keep(service, values)
        # Moto writes EC2 where a capacity provider strategy takes the launch type's place.
        service.launch_type = values.get("launchType")
        service.platform_family = "Linux" if on_fargate(values) else None
        service.created_at = clock.timestamp()
        service.created_by = f"arn:aws:iam::{self.current_account}:root"
        service.role_arn = request.get("role") or (
            f"arn:aws:iam::{self.current_account}:role/aws-service-role/ecs.amazonaws.com"
            "/AWSServiceRoleForECS"
        )
        rollout.begin(backend, service)
        return ActionResult({"service": service})


def refuse_second(backend, cluster, name):
    before = backend.services.get(f"{cluster.name}:{name}")
    if before and before.status == "DRAINING":
        raise InvalidParameterException("Unable to Start a service that is still Draining.")
    if before and before.status == "ACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")


def keep(service, values):
    for name in KEPT:
        if name in values and values[name] is not None:
            setattr(service, xform_name(name), values[name])


def with_defaults(cluster, request):
    values = {name: value for name, value in request.items() if value is not None}
    daemon = values.get("schedulingStrategy") == "DAEMON"
    if "launchType" not in values:
        values["capacityProviderStrategy"] = strategy(
            values.get("capacityProviderStrategy") or cluster.default_capacity_provider_strategy
        )
        if not values["capacityProviderStrategy"]:
            values["launchType"] = "EC2"
    if on_fargate(values):
        values.setdefault("platformVersion", "LATEST")
    if values.get("loadBalancers"):
        values.setdefault("healthCheckGracePeriodSeconds", 0)
    values.setdefault("deploymentController", {"type": "ECS"})
    if values["deploymentController"]["type"] == "ECS":
        values["deploymentConfiguration"] = deployment_configuration(values, daemon)
    network(values)
    defaults = {
        "availabilityZoneRebalancing": "DISABLED",
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "placementConstraints": [],
        "placementStrategy": [],
        "propagateTags": "NONE",
        "loadBalancers": [],
        "serviceRegistries": [],
    }
    return defaults | values


def deployment_configuration(values, daemon):
    defaults = {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 100 if daemon else 200,
        "minimumHealthyPercent": 0 if daemon else 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    return defaults | (values.get("deploymentConfiguration") or {})


def network(values):
    written = values.get("networkConfiguration")
    if written:
        vpc = {"securityGroups": [], "assignPublicIp": "DISABLED"} | written["awsvpcConfiguration"]
        values["networkConfiguration"] = {"awsvpcConfiguration": vpc}


def on_fargate(values):
    if values.get("launchType"):
        return values["launchType"] == "FARGATE"
    items = values.get("capacityProviderStrategy") or []
    return any(it["capacityProvider"].startswith("FARGATE") for it in items)


def check(backend, cluster, request):
    """What AWS looks at before it makes or changes a service."""
    if request.get("launchType") and request.get("capacityProviderStrategy"):
        raise InvalidParameterException(
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        )
    check_strategy(cluster, request.get("capacityProviderStrategy") or [])
    if request.get("healthCheckGracePeriodSeconds") and not request.get("loadBalancers"):
        raise InvalidParameterException(
            "Health check grace period is only valid for services configured to use load balancers"
        )
    if not request.get("taskDefinition"):
        return
    definition = backend.describe_task_definition(request["taskDefinition"])
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    if request.get("launchType") == "FARGATE" and "FARGATE" not in definition.requires_compatibilities:
        raise InvalidParameterException("Task definition does not support launch_type FARGATE.")
    if definition.network_mode == "awsvpc" and not request.get("networkConfiguration"):
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if definition.network_mode != "awsvpc" and request.get("networkConfiguration"):
        raise InvalidParameterException(
            "Network Configuration is not valid for the given networkMode of this task definition."
        )
    for it in request.get("loadBalancers") or []:
        check_load_balancer(backend, definition, it)


def check_load_balancer(backend, definition, written):
    containers = {it["name"]: it for it in definition.container_definitions}
    name, port = written.get("containerName"), written.get("containerPort")
    if name not in containers:
        raise InvalidParameterException(f"The container {name} does not exist in the task definition.")
    if port not in [it.get("containerPort") for it in containers[name]["portMappings"]]:
        raise InvalidParameterException(
            f"The container {name} did not have a container port {port} defined."
        )
    arn = written.get("targetGroupArn")
    if not arn:
        return
    group = elbv2_backends[backend.account_id][backend.region_name].target_groups.get(arn)
    if group is None:
        raise InvalidParameterException(
            f"Unable to assume role and validate the specified targetGroupArn: the target group {arn} "
            "was not found."
        )
    if not rollout.load_balancers_of(backend, arn):
        raise InvalidParameterException(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )
    if definition.network_mode == "awsvpc" and group.target_type != "ip":
        raise InvalidParameterException(
            f"The provided target group {arn} has target type {group.target_type}, which is "
            "incompatible with the awsvpc network mode specified in the task definition."
        )


def updates():
    @wrap(EC2ContainerServiceResponse, "update_service")
    def update_service(original, self):
        backend, request = self.ecs_backend, dict(self._get_params())
        request = {name: value for name, value in request.items() if value is not None}
        cluster = backend._get_cluster(request.get("cluster") or "default")
        service = backend._get_service(cluster.name, request["service"].split("/")[-1])
        if service.status != "ACTIVE":
            raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
        check(backend, cluster, merged(service, request))
        values = {name: value for name, value in request.items() if name in KEPT}
        if "deploymentConfiguration" in values:
            before = now(service, "deploymentConfiguration") or {}
            values["deploymentConfiguration"] = before | values["deploymentConfiguration"]
        if "capacityProviderStrategy" in values:
            values["capacityProviderStrategy"] = strategy(values["capacityProviderStrategy"])
            service.launch_type = None
        network(values)
        anew = request.get("forceNewDeployment", False)
        anew |= any(values.get(it, now(service, it)) != now(service, it) for it in DEPLOYED)
        keep(service, values)
        if "taskDefinition" in request:
            arn = backend.describe_task_definition(request["taskDefinition"]).arn
            anew |= arn != service.task_definition
            service.task_definition = arn
        service.desired_count = request.get("desiredCount", service.desired_count)
        rollout.change(backend, service, anew)
        return ActionResult({"service": service})


    @wrap(EC2ContainerServiceBackend, "stop_task")
    def stop_task(original, self, cluster_str, task_str, reason):
        """A service starts another task in the place of one that is stopped."""
        task = rollout.task(self, task_str)
        if task is None:
            return original(cluster_str, task_str, reason)
        rollout.stop_one(self, task, reason)
        return task


def now(service, name):
    return getattr(service, xform_name(name), None)


def merged(service, request):
    names = ["loadBalancers", "networkConfiguration", "launchType", "healthCheckGracePeriodSeconds"]
    have = {name: now(service, name) for name in names}
    have["taskDefinition"] = service.task_definition if "taskDefinition" in request else None
    if "capacityProviderStrategy" in request:
        have["launchType"] = None
    return have | request


def deletion():
    @wrap(EC2ContainerServiceResponse, "delete_service")
    def delete_service(original, self):
        """A deleted service drains: it is gone when its tasks are."""
        backend = self.ecs_backend
        cluster = backend._get_cluster(self._get_param("cluster") or "default")
        service = backend._get_service(cluster.name, self._get_param("service").split("/")[-1])
        if service.status == "INACTIVE":
            raise ECSException("ServiceNotFoundException", "Service not found.")
        if service.desired_count and service.scheduling_strategy != "DAEMON":
            if not self._get_param("force", False):
                raise InvalidParameterException(
                    "The service cannot be stopped while the primary deployment is scaled above 0."
                )
        service.status = "DRAINING"
        service.desired_count = 0
        rollout.change(backend, service, False)
        return ActionResult({"service": service})


def reading():
    @wrap(EC2ContainerServiceBackend, "list_services")
    def list_services(original, self, *args, **kwargs):
        gone = {it.arn for it in self.services.values() if it.status != "ACTIVE"}
        return [arn for arn in original(*args, **kwargs) if arn not in gone]

    @wrap(EC2ContainerServiceBackend, "list_tasks")
    def list_tasks(original, self, *args, **kwargs):
        """Moto overlooks the service."""
        tasks = original(*args, **kwargs)
        service = kwargs.get("service_name") or (args[4] if len(args) > 4 else None)
        if service:
            tasks = [it for it in tasks if it.group == "service:" + service.split("/")[-1]]
        return tasks

    @wrap(EC2ContainerServiceResponse, "list_tasks")
    def list_running_tasks(original, self):
        """Only running tasks are listed, unless stopped ones are asked for."""
        params = self._get_params()
        params.setdefault("desiredStatus", "RUNNING")
        return original()

    @add(EC2ContainerServiceResponse)
    def list_service_deployments(self):
        service = find(self, self._get_param("service"))
        wanted = self._get_param("status", [])
        after = (self._get_param("createdAt") or {}).get("after") or 0
        history = [it for it in reversed(service.history) if not wanted or it["status"] in wanted]
        history = [it for it in history if moment(after) < it["createdAt"].timestamp()]
        return ActionResult({"serviceDeployments": history})

    @add(EC2ContainerServiceResponse)
    def describe_service_deployments(self):
        found, failures = [], []
        services = self.ecs_backend.services.values()
        known = {it["serviceDeploymentArn"]: it for s in services for it in getattr(s, "history", [])}
        for arn in self._get_param("serviceDeploymentArns"):
            if arn in known:
                found.append(known[arn])
            else:
                failures.append({"arn": arn, "reason": "MISSING"})
        return ActionResult({"serviceDeployments": found, "failures": failures})


def moment(written):
    return written.timestamp() if hasattr(written, "timestamp") else float(written)


def find(response, name):
    cluster = response._get_param("cluster")
    if not cluster and name.count("/") == 2:
        cluster = name.split("/")[1]
    return response.ecs_backend._get_service(cluster or "default", name.split("/")[-1])
