"""Clusters: idempotent creation, counts, and when they may be deleted."""

from moto.autoscaling.models import autoscaling_backends
from moto.core.responses import ActionResult
from moto.ecs.exceptions import ClusterNotFoundException, ECSException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from gaps.wrap import wrap

FARGATE = ("FARGATE", "FARGATE_SPOT")
MANAGED = "AmazonECSManaged"


def install():
    creation()
    providers()
    deletion()
    reading()


def creation():
    @wrap(EC2ContainerServiceBackend, "create_cluster")
    def create_cluster(original, self, cluster_name, *args, **kwargs):
        """Creating a cluster that exists gives the one that exists."""
        found = self.clusters.get(cluster_name)
        if found and found.status == "ACTIVE":
            return found
        cluster = original(cluster_name, *args, **kwargs)
        cluster.capacity_providers = cluster.capacity_providers or []
        cluster.default_capacity_provider_strategy = strategy(cluster.default_capacity_provider_strategy)
        check_strategy(cluster, cluster.default_capacity_provider_strategy)
        cluster.tags = cluster.tags or []
        cluster.statistics = []
        return cluster

    @wrap(EC2ContainerServiceBackend, "_get_cluster")
    def get_cluster(original, self, name):
        """A deleted cluster stays describable for a while, and is gone for everything else."""
        cluster = original(name or "default")
        if cluster.status == "INACTIVE":
            raise ClusterNotFoundException
        return cluster

    @wrap(EC2ContainerServiceBackend, "update_cluster")
    def update_cluster(original, self, cluster_name, cluster_settings, *args, **kwargs):
        """Settings that are not named keep their values."""
        if cluster_settings is not None:
            before = {it["name"]: it for it in self._get_cluster(cluster_name).settings}
            after = before | {it["name"]: it for it in cluster_settings}
            cluster_settings = list(after.values())
        return original(cluster_name, cluster_settings, *args, **kwargs)


def strategy(items):
    """Weight and base are 0 where they are not given."""
    return [{"weight": 0, "base": 0} | item for item in items or []]


def check_strategy(cluster, items):
    for item in items:
        if item["capacityProvider"] not in cluster.capacity_providers:
            raise InvalidParameterException(
                "The specified capacity provider strategy cannot contain a capacity provider that is "
                "not associated with the cluster. Associate the capacity provider with the cluster and "
                "try again."
            )


def providers():
    @wrap(EC2ContainerServiceBackend, "put_cluster_capacity_providers")
    def put_cluster_capacity_providers(original, self, cluster_name, names, default):
        cluster = self._get_cluster(cluster_name)
        for name in names:
            if name not in FARGATE and not self._get_provider(name):
                raise InvalidParameterException(
                    f"The specified capacity provider '{name}' was not found. "
                    "Specify a valid name or ARN and try again."
                )
        for service in self.services.values():
            if service.cluster_name != cluster.name or service.status == "INACTIVE":
                continue
            for item in getattr(service, "capacity_provider_strategy", None) or []:
                if item["capacityProvider"] not in names:
                    raise ECSException(
                        "ResourceInUseException",
                        "The specified capacity provider is in use and cannot be removed.",
                    )
        cluster.capacity_providers = names
        check_strategy(cluster, strategy(default))
        return original(cluster_name, names, strategy(default))

    @wrap(EC2ContainerServiceBackend, "create_capacity_provider")
    def create_capacity_provider(original, self, name, details, tags):
        """A group that ECS scales gets a tag, on itself and on new instances."""
        provider = original(name, details, tags)
        if provider.auto_scaling_group_provider["managedScaling"]["status"] == "ENABLED":
            groups = autoscaling_backends[self.account_id][self.region_name].autoscaling_groups.values()
            for group in (it for it in groups if it.arn == details["autoScalingGroupArn"]):
                if all(it["Key"] != MANAGED for it in group.tags):
                    group.tags = [*group.tags, {"Key": MANAGED, "Value": "", "PropagateAtLaunch": True}]
        return provider

    @wrap(EC2ContainerServiceBackend, "delete_capacity_provider")
    def delete_capacity_provider(original, self, name_or_arn):
        provider = self._get_provider(name_or_arn)
        if provider is None:
            raise InvalidParameterException("The specified capacity provider does not exist.")
        for cluster in self.clusters.values():
            names = cluster.capacity_providers or []
            if cluster.status == "ACTIVE" and provider.name in names:
                raise ECSException(
                    "ClientException",
                    f"The capacity provider cannot be deleted because it is associated with cluster: "
                    f"{cluster.name}. Remove the capacity provider from the cluster and try again.",
                )
        return original(name_or_arn)

    @wrap(EC2ContainerServiceResponse, "describe_capacity_providers")
    def describe_capacity_providers(original, self):
        """Fargate's providers exist in every account; without names all are meant."""
        names = self._get_param("capacityProviders")
        backend = self.ecs_backend
        if not names:
            names = [*FARGATE, *backend.capacity_providers]
        own = [it for it in names if it.split("/")[-1] not in FARGATE]
        found, failures = backend.describe_capacity_providers(own)
        arn = f"arn:aws:ecs:{backend.region_name}:{backend.account_id}:capacity-provider/"
        fargate = [
            {"name": it, "capacityProviderArn": arn + it, "status": "ACTIVE", "tags": []}
            for it in (name.split("/")[-1] for name in names)
            if it in FARGATE
        ]
        return ActionResult({"capacityProviders": [*fargate, *found], "failures": failures})


def deletion():
    @wrap(EC2ContainerServiceBackend, "delete_cluster")
    def delete_cluster(original, self, cluster_str):
        """AWS refuses while anything is in the cluster."""
        cluster = self._get_cluster(cluster_str)
        if self.container_instances.get(cluster.name):
            raise ECSException(
                "ClusterContainsContainerInstancesException",
                "The cluster cannot be deleted while Container Instances are active or draining.",
            )
        if any(it.status != "INACTIVE" for it in services_of(self, cluster)):
            raise ECSException(
                "ClusterContainsServicesException",
                "The cluster cannot be deleted while Services are active.",
            )
        if any(it.last_status != "STOPPED" for it in tasks_of(self, cluster)):
            raise ECSException(
                "ClusterContainsTasksException",
                "The cluster cannot be deleted while Tasks are active.",
            )
        return original(cluster_str)


def reading():
    @wrap(EC2ContainerServiceBackend, "list_clusters")
    def list_clusters(original, self):
        return [it.arn for it in self.clusters.values() if it.status == "ACTIVE"]

    @wrap(EC2ContainerServiceBackend, "describe_clusters")
    def describe_clusters(original, self, cluster_names):
        clusters, failures = original(cluster_names)
        for cluster in clusters:
            tasks = list(tasks_of(self, cluster))
            cluster.running_tasks_count = sum(it.last_status == "RUNNING" for it in tasks)
            cluster.pending_tasks_count = sum(it.last_status in ("PROVISIONING", "PENDING") for it in tasks)
            cluster.active_services_count = sum(it.status == "ACTIVE" for it in services_of(self, cluster))
        return clusters, failures

    @wrap(EC2ContainerServiceResponse, "describe_clusters")
    def describe_clusters_with(original, self):
        """Settings and configuration are told only when asked for."""
        include = self._get_param("include", [])
        for name, word in (("settings", "SETTINGS"), ("configuration", "CONFIGURATIONS")):
            path = f"DescribeClustersResponse.clusters.Cluster.{name}"
            told = self._include_in_response if word in include else self._exclude_from_response
            told(path)
        return original()


def services_of(backend, cluster):
    return (it for it in backend.services.values() if it.cluster_name == cluster.name)


def tasks_of(backend, cluster):
    return backend.tasks.get(cluster.name, {}).values()
