"""ECS: services run tasks."""

from moto.ecs.models import Service

from gaps.wrap import wrap


def install():
    @wrap(Service, "_validate_network")
    def validate_network(original, self, network):
        """Security groups may be left out; AWS takes the VPC's default group then."""
        network["awsvpcConfiguration"].setdefault("securityGroups", [])
        return original(network)
