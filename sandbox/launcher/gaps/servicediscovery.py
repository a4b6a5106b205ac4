"""Cloud Map: what still holds something is not deleted."""

from moto.core.exceptions import JsonRESTError
from moto.servicediscovery.models import ServiceDiscoveryBackend

from gaps.wrap import wrap


def install():
    @wrap(ServiceDiscoveryBackend, "delete_namespace")
    def delete_namespace(original, self, namespace_id):
        if any(it.namespace_id == namespace_id for it in self.services.values()):
            raise JsonRESTError("ResourceInUse", "Namespace has associated services")
        return original(namespace_id)

    @wrap(ServiceDiscoveryBackend, "delete_service")
    def delete_service(original, self, service_id):
        service = self.get_service(service_id)
        if service.instances:
            raise JsonRESTError(
                "ResourceInUse",
                "Service contains registered instances; delete the instances before deleting the service",
            )
        return original(service_id)
