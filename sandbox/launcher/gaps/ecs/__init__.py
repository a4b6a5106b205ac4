"""ECS: what is written is read back, and services run tasks."""

from gaps.ecs import clusters, definitions, rollout, services, settings


def install():
    clusters.install()
    definitions.install()
    services.install()
    settings.install()


advance = rollout.advance
