"""Load balancers, their listeners and their target groups."""

from gaps.elbv2 import balancers, groups, listeners


def install():
    balancers.install()
    listeners.install()
    groups.install()
