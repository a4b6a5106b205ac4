"""The tasks of a service, with a network interface in the service's subnet."""

from moto.ec2 import ec2_backends
from moto.ec2.utils import random_private_ip
from moto.ecs.models import Task
from moto.moto_api._internal import mock_random

from gaps import clock
from gaps.ecs import failures


class ServiceTask(Task):
    """A task of a service. Its status is where its age puts it, not moto's managed state."""

    last_status = "PROVISIONING"

    def __init__(self, backend, service, deployment, definition):
        # Not moto's own beginning, which gives a task an address outside of its subnet.
        cluster = backend.clusters[service.cluster_name]
        self._backend, self._account_id = backend, backend.account_id
        self.region_name = backend.region_name
        self.id = mock_random.get_random_hex(32)
        self.cluster_name, self.cluster_arn = cluster.name, cluster.arn
        self.container_instance_arn = None
        self.task_definition_arn, self.definition = definition.arn, definition
        self.desired_status = "RUNNING"
        self.group, self.started_by = f"service:{service.name}", deployment.id
        self.launch_type = service.launch_type
        self.capacity_provider_name = provider(service)
        self.platform_version = getattr(deployment, "platform_version", None)
        self.platform_family = getattr(deployment, "platform_family", None)
        self.cpu, self.memory = definition.cpu, definition.memory
        self.enable_execute_command = getattr(service, "enable_execute_command", False)
        self.tags = task_tags(service, definition)
        self.overrides = {"containerOverrides": [], "inferenceAcceleratorOverrides": []}
        self.health_status = "UNKNOWN"
        self.version = 1
        self.born, self.stop_began = clock.seconds(), None
        self.created_at = clock.timestamp()
        self.failure, self.failing = failures.of(definition)
        self.noticed = False
        self.interface = interface(backend, service, self)
        self.attachments = [attachment(self.interface)] if self.interface else []
        self.containers = [container(self, it) for it in definition.container_definitions]

    @property
    def address(self):
        return self.interface.private_ip_address if self.interface else None

    def advance(self):
        """Moto calls this when a task is described; ours moves with the clock."""

    def state(self, status):
        self.last_status = status
        self.version += 1
        for it in self.containers:
            it["lastStatus"] = status if status in ("PENDING", "RUNNING", "STOPPED") else it["lastStatus"]


def container(task, definition):
    id = str(mock_random.uuid4())
    return {
        "containerArn": f"{task.task_arn.replace(':task/', ':container/')}/{id}",
        "taskArn": task.task_arn,
        "name": definition["name"],
        "image": definition["image"],
        "lastStatus": "PENDING",
        "networkBindings": [],
        "networkInterfaces": [],
        "healthStatus": "UNKNOWN",
        "cpu": str(definition.get("cpu", 0)),
        "memory": str(definition["memory"]) if "memory" in definition else None,
    }


def provider(service):
    items = getattr(service, "capacity_provider_strategy", None)
    return items[0]["capacityProvider"] if items else None


def interface(backend, service, task):
    """The task's network interface, in the first of the service's subnets."""
    if not service.network_configuration:
        return None
    vpc = service.network_configuration["awsvpcConfiguration"]
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    subnet = ec2.get_subnet(vpc["subnets"][0])
    taken = {it.private_ip_address for it in ec2.enis.values() if it.subnet is subnet}
    while (address := random_private_ip(subnet.cidr_block)) in taken:
        pass
    eni = ec2.create_network_interface(
        subnet=subnet,
        private_ip_address=address,
        group_ids=vpc["securityGroups"],
        description=f"{task.task_arn}",
    )
    eni.status, eni.requester_managed = "in-use", True
    return eni


def attachment(eni):
    details = {
        "subnetId": eni.subnet.id,
        "networkInterfaceId": eni.id,
        "macAddress": eni.mac_address,
        "privateDnsName": f"ip-{eni.private_ip_address.replace('.', '-')}.ec2.internal",
        "privateIPv4Address": eni.private_ip_address,
    }
    return {
        "id": str(mock_random.uuid4()),
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }


def task_tags(service, definition):
    source = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}
    tags = list(source.get(getattr(service, "propagate_tags", "NONE")) or [])
    if getattr(service, "enable_ecs_managed_tags", False):
        tags.append({"key": "aws:ecs:clusterName", "value": service.cluster_name})
        tags.append({"key": "aws:ecs:serviceName", "value": service.name})
    return tags
