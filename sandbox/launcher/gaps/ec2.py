"""EC2: what is in use cannot be deleted."""

from moto.ec2.models.vpcs import VPCBackend

from gaps.wrap import wrap


def install():
    @wrap(VPCBackend, "delete_vpc_endpoints")
    def delete_vpc_endpoints(original, self, vpce_ids=None):
        """Moto fails for a gateway endpoint that no route table names."""
        for id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(id)
            if endpoint and endpoint.route_table_ids is None:
                endpoint.route_table_ids = []
        original(vpce_ids)
