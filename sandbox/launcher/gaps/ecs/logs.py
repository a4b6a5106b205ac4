"""A started container writes one line where its log configuration says."""

import time

from moto.logs.models import logs_backends


def started(backend, task):
    for container in task.definition.container_definitions:
        configuration = container.get("logConfiguration") or {}
        if configuration.get("logDriver") == "awslogs":
            write(backend, task, container["name"], configuration.get("options") or {})


def write(backend, task, container, options):
    region = options.get("awslogs-region", backend.region_name)
    logs = logs_backends[backend.account_id][region]
    group = options.get("awslogs-group")
    if group not in logs.groups:
        if options.get("awslogs-create-group") != "true":
            return
        logs.create_log_group(group, {})
    prefix = options.get("awslogs-stream-prefix", "ecs")
    stream = f"{prefix}/{container}/{task.id}"
    logs.create_log_stream(group, stream)
    line = {"timestamp": int(time.time() * 1000), "message": f"{container} started"}
    logs.put_log_events(group, stream, [line])
