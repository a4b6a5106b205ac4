"""Ways in which a task fails: the name of a container's image says which.

An image with `fail` in its name is not found. Of the words below the first in its name counts.
"""

MARK = "fail"


class Failure:
    """One way. `event`: no task is even placed. `code`: how a task stops; `runs`: after it has started."""

    def __init__(self, code=None, reason=None, event=None, runs=False, counts=True, **container):
        self.code, self.reason, self.event, self.runs = code, reason, event, runs
        # Whether a circuit breaker counts it: not what has started and is not unhealthy.
        self.counts = counts
        self.exit_code = container.get("exit_code")
        self.container_reason = container.get("container_reason")
        self.health = container.get("health")
        # What the container writes before it ends.
        self.lines = container.get("lines", [])


def place(why):
    return Failure(
        event="was unable to place a task because no container instance met all of its requirements. "
        f"{why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
    )


CLOSEST = "The closest matching (container-instance 4d6e0a1f) "
STEPS = [f"step {n}" for n in range(1, 26)]
EXITED = "Essential container in task exited"

WAYS = {
    "fail-secret": Failure(
        "TaskFailedToStart",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
        "retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): "
        "failed to fetch secret from secrets manager: AccessDeniedException: User is not authorized to "
        "perform: secretsmanager:GetSecretValue",
    ),
    "fail-memory": Failure(
        "EssentialContainerExited",
        EXITED,
        runs=True,
        counts=False,
        exit_code=137,
        container_reason="OutOfMemoryError: Container killed due to memory usage",
        lines=STEPS,
    ),
    "fail-exit": Failure(
        "EssentialContainerExited", EXITED, runs=True, counts=False, exit_code=1, lines=STEPS + ["no database"]
    ),
    "fail-health": Failure(
        "ServiceSchedulerInitiated",
        "Task failed container health checks",
        runs=True,
        exit_code=143,
        health="UNHEALTHY",
        lines=["listening"],
    ),
    "fail-target": Failure(
        "ServiceSchedulerInitiated",
        "Task failed ELB health checks in (target-group {group})",
        runs=True,
        exit_code=143,
        lines=["GET /health 503"],
    ),
    "fail-instances": place("Reason: No Container Instances were found in your cluster."),
    "fail-capacity": place(f"{CLOSEST}has insufficient memory available."),
    "fail-port": place(f"{CLOSEST}is already using a port required by your task."),
}


def of(definition):
    """How a task of this definition fails, and its container that does; none if it does not."""
    for container in definition.container_definitions:
        image = container["image"]
        for word, way in WAYS.items():
            if word in image:
                return way, container["name"]
        if MARK in image:
            return missing(image), container["name"]
    return None, None


def missing(image):
    return Failure(
        "TaskFailedToStart",
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve "
        f"ref {image}: not found",
    )
