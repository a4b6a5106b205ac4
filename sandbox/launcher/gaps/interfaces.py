"""The network interfaces of load balancers. They outlive their balancer by a moment."""

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.moto_api._internal import mock_random

from gaps import clock


def install():
    """Nothing is replaced: `advance` does it all."""


def advance():
    for account, regions in list(elbv2_backends.items()):
        for region, backend in list(regions.items()):
            if account in ec2_backends and region in ec2_backends[account]:
                reconcile(backend, ec2_backends[account][region])


def reconcile(backend, ec2):
    """One interface for each subnet of each balancer, in the balancer's groups."""
    wanted = {}
    for balancer in backend.load_balancers.values():
        text = "ELB " + balancer.arn.split(":loadbalancer/")[-1]
        wanted.update({(text, it.id): (balancer, it) for it in balancer.subnets})
    there = {(it.description, it.subnet.id): it for it in ec2.enis.values() if it.description.startswith("ELB ")}
    for key, (balancer, subnet) in wanted.items():
        eni = there.pop(key, None) or made(ec2, balancer, subnet, key[0])
        groups = (ec2.get_security_group_from_id(it) for it in balancer.security_groups or [])
        eni._group_set = [it for it in groups if it]
    for eni in there.values():
        eni.gone_at = getattr(eni, "gone_at", None) or clock.seconds() + clock.PHASE
        if eni.gone_at <= clock.seconds():
            ec2.enis.pop(eni.id, None)


def made(ec2, balancer, subnet, text):
    eni = ec2.create_network_interface(subnet, None, None, None, text)
    eni.requester_managed, eni.requester_id, eni.status = True, "amazon-elb", "in-use"
    if balancer.scheme == "internet-facing":
        eni.public_ip = f"52.95.{mock_random.randint(0, 255)}.{mock_random.randint(1, 254)}"
    return eni
