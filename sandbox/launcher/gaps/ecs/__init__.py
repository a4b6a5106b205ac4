"""ECS: what is written is read back, and services run tasks."""

from gaps.ecs import clusters, definitions, rollout, services


def install():
    clusters.install()
    definitions.install()
    services.install()


advance = rollout.advance
