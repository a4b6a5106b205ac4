"""A started container writes a line where its log configuration says; one that will fail writes more."""

import time

from moto.logs.models import logs_backends


def started(backend, task):
    for container in task.definition.container_definitions:
        configuration = container.get("logConfiguration") or {}
        if configuration.get("logDriver") == "awslogs":
            lines = [f"{container['name']} started"]
            if task.failing == container["name"]:
                lines += task.failure.lines
            write(backend, task, container["name"], configuration.get("options") or {}, lines)


def write(backend, task, container, options, lines):
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
    now = int(time.time() * 1000)
    logs.put_log_events(group, stream, [{"timestamp": now, "message": it} for it in lines])
