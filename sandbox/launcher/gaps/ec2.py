"""EC2: what is in use cannot be deleted, and gateways take a moment."""

from moto.ec2.exceptions import (
    DependencyViolationError,
    EC2ClientError,
    InvalidSecurityGroupNotFoundError,
)
from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE
from moto.elbv2.models import elbv2_backends

from gaps import clock
from gaps.wrap import wrap


def install():
    # The words of AWS for what has these ids.
    EC2_PREFIX_TO_RESOURCE.update({"eipalloc": "elastic-ip", "nat": "natgateway"})
    # Every zone of every region is open to every account here.
    Zone.opt_in_status = "opt-in-not-required"
    groups()
    instances()
    interfaces()
    subnets_and_vpcs()
    internet_gateways()
    nat_gateways()
    endpoints()


def balancers(backend):
    return elbv2_backends[backend.account_id][backend.region_name].load_balancers.values()


def groups():
    @wrap(EC2Response, "delete_security_group")
    def delete_security_group(original, self):
        """Not while a rule, an interface or a load balancer names it, and never a default group."""
        backend = self.ec2_backend
        name = self._get_param("GroupId") or self._get_param("GroupName")
        group = backend.get_security_group_by_name_or_id(name)
        if group and group.is_default:
            raise EC2ClientError(
                "CannotDelete",
                f'the specified group: "{group.id}" name: "default" cannot be deleted by a user',
            )
        if group and group_in_use(backend, group):
            raise DependencyViolationError(f"resource {group.id} has a dependent object")
        return original()


def group_in_use(backend, group):
    if any(group in it.group_set for it in backend.enis.values()):
        return True
    if any(group.id in (it.security_groups or []) for it in balancers(backend)):
        return True
    others = (it for of_vpc in backend.groups.values() for it in of_vpc.values() if it.id != group.id)
    return any(names(rule, group) for it in others for rule in [*it.ingress_rules, *it.egress_rules])


def names(rule, group):
    return rule.source_group.get("GroupId") == group.id


def instances():
    @wrap(Instance, "terminate")
    def terminate(original, self):
        """The interface that an instance was made with goes with it, and gives back its addresses."""
        state = original()
        for eni in self.nics.values():
            self.ec2_backend.enis.pop(eni.id, None)
            for it in eni.private_ip_addresses or []:
                eni.subnet.del_subnet_ip(it["PrivateIpAddress"])
        return state


def interfaces():
    @wrap(EC2Backend, "create_network_interface")
    def create_network_interface(
        original, self, subnet, private_ip_address, private_ip_addresses=None, group_ids=None, *args, **kwargs
    ):
        """Moto makes up a group whose id it does not know."""
        for id in group_ids or []:
            if not self.get_security_group_from_id(id):
                raise InvalidSecurityGroupNotFoundError(id)
        return original(subnet, private_ip_address, private_ip_addresses, group_ids, *args, **kwargs)

    @wrap(EC2Backend, "delete_network_interface")
    def delete_network_interface(original, self, eni_id):
        eni = self.enis.get(eni_id)
        if eni and (eni.status == "in-use" or eni.attachment_id):
            raise EC2ClientError(
                "InvalidParameterValue", f"Network interface '{eni_id}' is currently in use."
            )
        return original(eni_id)


def subnets_and_vpcs():
    @wrap(EC2Backend, "delete_subnet")
    def delete_subnet(original, self, subnet_id):
        subnet = self.get_subnet(subnet_id)
        interfaces = any(it.subnet is subnet for it in self.enis.values())
        gateways = any(it.subnet_id == subnet_id for it in living_nat_gateways(self))
        behind = any(subnet in it.subnets for it in balancers(self))
        if interfaces or gateways or behind:
            raise DependencyViolationError(
                f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            )
        for table in self.route_tables.values():
            for association, of in list(table._associations.items()):
                if of == subnet_id:
                    del table._associations[association]
        return original(subnet_id)

    @wrap(EC2Backend, "delete_vpc")
    def delete_vpc(original, self, vpc_id):
        """Only what came with the VPC may be left in it."""
        if vpc_id in self.vpcs and vpc_in_use(self, vpc_id):
            raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        vpc = original(vpc_id)
        for id, acl in list(self.network_acls.items()):
            if acl.vpc_id == vpc_id:
                del self.network_acls[id]
        return vpc


def vpc_in_use(backend, id):
    acls = (it for it in backend.network_acls.values() if not it.default)
    endpoints = (it for it in backend.vpc_end_points.values() if it.state != "deleted")
    gateways = [*backend.internet_gateways.values(), *backend.egress_only_internet_gateways.values()]
    return (
        any(getattr(it.vpc, "id", None) == id for it in backend.internet_gateways.values())
        or any(getattr(it, "vpc_id", None) == id for it in gateways)
        or any(not it.is_default for it in backend.groups.get(id, {}).values())
        or any(it.vpc_id == id for it in [*acls, *endpoints, *living_nat_gateways(backend)])
    )


def internet_gateways():
    @wrap(EC2Backend, "attach_internet_gateway")
    def attach_internet_gateway(original, self, internet_gateway_id, vpc_id):
        for other in self.internet_gateways.values():
            if other.id != internet_gateway_id and other.vpc and other.vpc.id == vpc_id:
                raise EC2ClientError(
                    "InvalidParameterValue",
                    f"Network {vpc_id} already has an internet gateway attached",
                )
        return original(internet_gateway_id, vpc_id)

    @wrap(EC2Backend, "detach_internet_gateway")
    def detach_internet_gateway(original, self, internet_gateway_id, vpc_id):
        mapped = (it.eni for it in self.addresses if it.eni)
        facing = (it for it in balancers(self) if it.scheme == "internet-facing")
        if any(it.subnet.vpc_id == vpc_id for it in mapped) or any(it.vpc_id == vpc_id for it in facing):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
        return original(internet_gateway_id, vpc_id)


def nat_gateways():
    @wrap(EC2Backend, "create_nat_gateway")
    def create_nat_gateway(original, self, subnet_id, *args, **kwargs):
        subnet = self.get_subnet(subnet_id)
        attached = any(it.vpc and it.vpc.id == subnet.vpc_id for it in self.internet_gateways.values())
        kind = kwargs.get("connectivity_type") or (args[2] if len(args) > 2 else "public")
        if kind == "public" and not attached:
            raise EC2ClientError(
                "Gateway.NotAttached", f"Network {subnet.vpc_id} has no Internet gateway attached"
            )
        gateway = original(subnet_id, *args, **kwargs)
        gateway.state, gateway.next_at = "pending", clock.seconds() + clock.PHASE
        gateway._eni.status, gateway._eni.requester_managed = "in-use", True
        gateway._eni.description = f"Interface for NAT Gateway {gateway.id}"
        # Moto writes these in another case than it looks them up in.
        gateway.address_set = [
            {name[0].upper() + name[1:]: value for name, value in it.items() if value} | {"Status": "succeeded"}
            for it in gateway.address_set
        ]
        return gateway

    @wrap(EC2Backend, "delete_nat_gateway")
    def delete_nat_gateway(original, self, nat_gateway_id):
        gateway = self.nat_gateways.get(nat_gateway_id)
        if gateway is None:
            raise EC2ClientError(
                "NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found"
            )
        gateway.state, gateway.next_at = "deleting", clock.seconds() + clock.PHASE
        return gateway

    @wrap(EC2Backend, "describe_nat_gateways")
    def describe_nat_gateways(original, self, filters, nat_gateway_ids):
        for id in nat_gateway_ids or []:
            if id not in self.nat_gateways:
                raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {id} was not found")
        settle(self)
        return original(filters, nat_gateway_ids)

    @wrap(EC2Backend, "disassociate_address")
    def disassociate_address(original, self, *args, **kwargs):
        settle(self)
        return original(*args, **kwargs)

    @wrap(EC2Backend, "release_address")
    def release_address(original, self, address=None, allocation_id=None):
        settle(self)
        for it in self.addresses:
            if it.eni and (it.public_ip == address or allocation_id and it.allocation_id == allocation_id):
                raise EC2ClientError("InvalidIPAddress.InUse", f"Address {it.public_ip} is in use.")
        return original(address, allocation_id)


def living_nat_gateways(backend):
    settle(backend)
    return [it for it in backend.nat_gateways.values() if it.state != "deleted"]


def settle(backend):
    """Moves NAT gateways on; a deleted one gives back its interface and its address."""
    for gateway in backend.nat_gateways.values():
        if gateway.next_at > clock.seconds():
            continue
        if gateway.state == "pending":
            gateway.state = "available"
        elif gateway.state == "deleting":
            gateway.state = "deleted"
            backend.enis.pop(gateway._eni.id, None)
            for address in backend.addresses:
                if address.eni is gateway._eni:
                    address.eni = address.association_id = None


def endpoints():
    @wrap(EC2Backend, "create_vpc_endpoint")
    def create_vpc_endpoint(original, self, *args, **kwargs):
        """An endpoint is a gateway unless it is said to be another kind."""
        endpoint = original(*args, **kwargs)
        endpoint.vpc_endpoint_type = endpoint.vpc_endpoint_type or "Gateway"
        endpoint.route_table_ids = endpoint.route_table_ids or []
        # Moto puts an endpoint's interfaces into the default group.
        groups = [self.get_security_group_from_id(it) for it in endpoint.security_group_ids or []]
        for id in endpoint.network_interface_ids or []:
            self.enis[id].status, self.enis[id].requester_managed = "in-use", True
            self.enis[id].description = f"VPC Endpoint Interface {endpoint.id}"
            self.enis[id]._group_set = groups or self.enis[id]._group_set
        return endpoint
