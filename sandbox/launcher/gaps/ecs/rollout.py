"""What happens to a service by itself: deployments, tasks, targets, events.

Time passes only when a request comes in: `advance` then moves every service to where it would be by
now. One phase (see `clock`) is the time from one state of a task to the next.
"""

import traceback

from moto.ec2 import ec2_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.moto_api._internal import mock_random

from gaps import clock
from gaps.ecs import failures, logs
from gaps.ecs.tasks import ServiceTask

# Services that are not yet where they are going: (backend, service).
moving = []


class Deployment:
    """One deployment of a service, with AWS's names for what it shows."""

    def __init__(self, service):
        number = mock_random.randint(10**18, 10**19 - 1)
        self.id = f"ecs-svc/{number}"
        self.status = "PRIMARY"
        self.task_definition = service.task_definition
        self.desired_count = service.desired_count
        self.running_count = self.pending_count = self.failed_tasks = 0
        self.created_at = self.updated_at = clock.timestamp()
        self.began = clock.seconds()
        self.retry_at = self.attempts = 0
        self.launch_type = service.launch_type
        self.capacity_provider_strategy = shown(service, "capacity_provider_strategy")
        self.network_configuration = service.network_configuration or None
        self.service_connect_configuration = shown(service, "service_connect_configuration")
        self.volume_configurations = shown(service, "volume_configurations")
        self.vpc_lattice_configurations = shown(service, "vpc_lattice_configurations")
        if getattr(service, "platform_version", None):
            self.platform_version = "1.4.0"
            self.platform_family = "Linux"
        self.load_balancers = service.load_balancers
        self.tasks = []
        self.roll("IN_PROGRESS", f"ECS deployment {self.id} in progress.")

    def roll(self, state, reason):
        self.rollout_state, self.rollout_state_reason = state, reason
        self.updated_at = clock.timestamp()


def shown(service, name):
    return getattr(service, name, None) or None


def begin(backend, service):
    """Starts a new service's first deployment."""
    service.events = []
    service.history = []
    service.deployments = []
    service.running_count = service.pending_count = 0
    if service.deployment_controller["type"] == "ECS":
        deploy(service)
    follow(backend, service)


def change(backend, service, anew):
    """Takes up a service's new settings: by a new deployment, or in the present one."""
    if anew and service.deployment_controller["type"] == "ECS":
        deploy(service)
    elif service.deployments:
        primary = service.deployments[0]
        primary.desired_count = service.desired_count
        primary.network_configuration = service.network_configuration or None
        primary.updated_at = clock.timestamp()
    follow(backend, service)


def deploy(service):
    """Rolls out what the service is now, with a record of it."""
    for it in service.history:
        if it["status"] in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
            finish(it, "STOPPED", "A new deployment has replaced this one.")
    deployment = replace(service)
    tail = f"{service.cluster_name}/{service.name}/{deployment.id.split('/')[1]}"
    prefix = service.arn.split(":service/")[0]
    deployment.record = {
        "serviceDeploymentArn": f"{prefix}:service-deployment/{tail}",
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "createdAt": deployment.created_at,
        "startedAt": deployment.created_at,
        "updatedAt": deployment.created_at,
        "targetServiceRevision": {"arn": f"{prefix}:service-revision/{tail}"},
        "targetServiceRevisionArn": f"{prefix}:service-revision/{tail}",
        "status": "IN_PROGRESS",
        "deploymentConfiguration": shown(service, "deployment_configuration"),
    }
    service.history.append(deployment.record)
    service.current_service_deployment = deployment.record["serviceDeploymentArn"]


def replace(service):
    for it in service.deployments:
        it.status = "ACTIVE"
    deployment = Deployment(service)
    service.deployments.insert(0, deployment)
    return deployment


def finish(record, status, reason):
    record["status"], record["statusReason"] = status, reason
    record["finishedAt"] = record["updatedAt"] = clock.timestamp()


def follow(backend, service):
    if not any(it is service for _, it in moving):
        moving.append((backend, service))
    advance()


def advance():
    """Moves every service to where it would be by now."""
    for entry in list(moving):
        backend, service = entry
        # An emptied emulator has other backends' services.
        here = ecs_backends[backend.account_id][backend.region_name].services
        known = here.get(f"{service.cluster_name}:{service.name}") is service
        try:
            if not known or step(backend, service):
                moving.remove(entry)
        except Exception:
            # One service that cannot go on must not stop every request.
            traceback.print_exc()
            moving.remove(entry)


def step(backend, service):
    """Moves one service; true when it is where it was going."""
    for deployment in list(service.deployments):
        for task in list(deployment.tasks):
            move_task(backend, service, deployment, task)
    for deployment in list(service.deployments):
        if deployment.status == "PRIMARY":
            scale(backend, service, deployment)
        elif not deployment.tasks:
            service.deployments.remove(deployment)
        elif service.status == "DRAINING":
            # What ran before a deployment that has failed goes with the service, too.
            living = [it for it in deployment.tasks if it.stop_began is None]
            if living:
                stop(backend, service, deployment, living, "Service deleted")
    count(service)
    if service.status == "DRAINING":
        return drained(service)
    if not service.deployments:
        return True
    return settle(backend, service, service.deployments[0])


def count(service):
    for it in service.deployments:
        it.running_count = sum(task.last_status == "RUNNING" for task in it.tasks)
        it.pending_count = sum(task.last_status in ("PROVISIONING", "PENDING") for task in it.tasks)
    service.running_count = sum(it.running_count for it in service.deployments)
    service.pending_count = sum(it.pending_count for it in service.deployments)


def drained(service):
    if any(it.tasks for it in service.deployments):
        return False
    service.status = "INACTIVE"
    service.deployments = []
    return True


def scale(backend, service, deployment):
    """Starts or stops tasks until there are as many as wanted."""
    living = [it for it in deployment.tasks if it.stop_began is None]
    surplus = living[deployment.desired_count :]
    if surplus:
        stop(backend, service, deployment, surplus, "Scaling activity initiated by (deployment "
             f"{deployment.id})")
    lacking = deployment.desired_count - len(living)
    if lacking <= 0 or deployment.rollout_state == "FAILED" or clock.seconds() < deployment.retry_at:
        return
    definition = backend.describe_task_definition(deployment.task_definition)
    failure, _ = failures.of(definition)
    if failure and failure.event:
        again_later(deployment, failure)
        event(service, failure.event)
        return
    started = [ServiceTask(backend, service, deployment, definition) for _ in range(lacking)]
    deployment.tasks += started
    backend.tasks.setdefault(service.cluster_name, {}).update({it.task_arn: it for it in started})
    event(service, f"has started {len(started)} tasks: {names(started)}.")


def names(tasks):
    return " ".join(f"(task {it.id})" for it in tasks)


def event(service, message):
    service.events.insert(
        0,
        {
            "id": str(mock_random.uuid4()),
            "createdAt": clock.timestamp(),
            "message": f"(service {service.name}) {message}",
        },
    )
    del service.events[100:]


def move_task(backend, service, deployment, task):
    now = clock.seconds()
    if task.stop_began is not None:
        phases = (now - task.stop_began) / clock.PHASE
        if phases >= 2:
            stopped(backend, deployment, task)
        elif phases >= 1 and task.last_status != "DEPROVISIONING":
            task.state("DEPROVISIONING")
        return
    phases = (now - task.born) / clock.PHASE
    if phases >= 1 and task.last_status == "PROVISIONING":
        task.state("PENDING")
    if phases >= 2 and task.last_status == "PENDING":
        if task.failure and not task.failure.runs:
            fail(backend, service, deployment, task)
            return
        run(backend, service, deployment, task)
    if task.last_status == "RUNNING" and task.failure:
        sicken(backend, service, deployment, task, (now - task.running_since) / clock.PHASE)


def run(backend, service, deployment, task):
    task.state("RUNNING")
    task.connectivity = "CONNECTED"
    task.started_at = task.connectivity_at = task.pull_started_at = task.pull_stopped_at = clock.timestamp()
    task.running_since = clock.seconds()
    logs.started(backend, task)
    for group, port in target_groups(backend, deployment):
        if task.address:
            group.register([{"Id": task.address, "Port": port}])
            group.targets[task.address]["healthy_at"] = clock.seconds() + clock.PHASE
            group.targets[task.address]["sick"] = bool(task.failure) and "{group}" in task.failure.reason
            event(service, f"registered 1 targets in (target-group {group.arn})")


def sicken(backend, service, deployment, task, phases):
    """A task that fails after it has started: at first a target group notices, then it stops."""
    sick = [group for group, _ in target_groups(backend, deployment) if sick_in(group, task)]
    if phases >= 1 and sick and not task.noticed:
        task.noticed = True
        why = "(reason Health checks failed with these codes: [503])"
        event(service, f"(task {task.id}) (port 80) is unhealthy in (target-group {sick[0].arn}) due to {why}")
    if phases >= (3 if sick else 1):
        fail(backend, service, deployment, task)


def sick_in(group, task):
    return group.targets.get(task.address, {}).get("sick", False)


def fail(backend, service, deployment, task):
    failure = task.failure
    group = next((group.arn for group, _ in target_groups(backend, deployment)), "")
    task.stop_code, task.stopped_reason = failure.code, failure.reason.replace("{group}", group)
    for it in task.containers:
        if it["name"] == task.failing:
            it["exitCode"], it["reason"] = failure.exit_code, failure.container_reason
            it["healthStatus"] = failure.health or it["healthStatus"]
        elif failure.runs:
            it["exitCode"] = 143
    again_later(deployment, failure)
    stopped(backend, deployment, task)
    if deployment.failed_tasks == 3:
        event(service, "is unable to consistently start tasks successfully. For more information, see "
              "the Troubleshooting section of the Amazon ECS Developer Guide.")


def again_later(deployment, failure):
    """AWS waits longer and longer between attempts."""
    deployment.attempts += 1
    deployment.failed_tasks += failure.counts
    deployment.retry_at = clock.seconds() + clock.PHASE * min(2**deployment.attempts, 256)


def stop(backend, service, deployment, tasks, reason):
    for task in tasks:
        task.stop_began = clock.seconds()
        task.stopping_at = clock.timestamp()
        task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason = "ServiceSchedulerInitiated", reason
        task.state("DEACTIVATING")
        for group, _ in target_groups(backend, deployment):
            if task.address in group.targets:
                group.deregister([{"Id": task.address}])
    event(service, f"has stopped {len(tasks)} running tasks: {names(tasks)}.")


def task(backend, name):
    """A service's task that has not stopped, by its ARN or id."""
    for of_cluster in backend.tasks.values():
        for it in of_cluster.values():
            if it.id == name.split("/")[-1] and isinstance(it, ServiceTask):
                return it
    return None


def stop_one(backend, task, reason):
    service = backend.services[f"{task.cluster_name}:{task.group.removeprefix('service:')}"]
    for deployment in service.deployments:
        if task in deployment.tasks and task.stop_began is None:
            stop(backend, service, deployment, [task], reason or "Task stopped by user")
            task.stop_code = "UserInitiated"
            follow(backend, service)


def stopped(backend, deployment, task):
    task.state("STOPPED")
    task.desired_status = "STOPPED"
    task.stopped_at = task.execution_stopped_at = clock.timestamp()
    deployment.tasks.remove(task)
    for it in task.attachments:
        it["status"] = "DELETED"
    if task.interface:
        ec2_backends[backend.account_id][backend.region_name].enis.pop(task.interface.id, None)
    for group, _ in target_groups(backend, deployment):
        group.targets.pop(task.address, None)
        group.deregistered_targets.pop(task.address, None)


def target_groups(backend, deployment):
    """The target groups that still exist, with the container's port."""
    known = elbv2_backends[backend.account_id][backend.region_name].target_groups
    for it in deployment.load_balancers:
        if it.get("targetGroupArn") in known:
            yield known[it["targetGroupArn"]], it["containerPort"]


def load_balancers_of(backend, target_group_arn):
    """The load balancers that forward to a target group."""
    group = elbv2_backends[backend.account_id][backend.region_name].target_groups[target_group_arn]
    return group.load_balancer_arns


def settle(backend, service, primary):
    """Ends a deployment that has succeeded or failed; true when nothing will happen by itself."""
    if primary.rollout_state == "IN_PROGRESS":
        if broken_circuit(service, primary):
            return give_up(backend, service, primary)
        if not ready(primary):
            return False
        for old in service.deployments[1:]:
            living = [it for it in old.tasks if it.stop_began is None]
            if living:
                stop(backend, service, old, living, "Scaling activity initiated by (deployment "
                     f"{primary.id})")
        if len(service.deployments) > 1:
            return False
        primary.roll("COMPLETED", f"ECS deployment {primary.id} completed.")
        finish_rollout(service, primary)
    steady = len(primary.tasks) == primary.running_count == primary.desired_count
    return steady or primary.rollout_state == "FAILED" and not primary.tasks


def finish_rollout(service, primary):
    record = primary.record
    if record["status"] == "ROLLBACK_IN_PROGRESS":
        finish(record, "ROLLBACK_SUCCESSFUL", record["statusReason"])
    else:
        finish(record, "SUCCESSFUL", "")
    event(service, f"(deployment {primary.id}) deployment completed.")
    event(service, "has reached a steady state.")


def ready(primary):
    now = clock.seconds()
    if now - primary.began < clock.PHASE or primary.running_count != primary.desired_count:
        return False
    living = [it for it in primary.tasks if it.stop_began is None]
    return all(now - it.running_since >= clock.PHASE and not it.failure for it in living)


def broken_circuit(service, primary):
    """AWS gives up after half as many failures as tasks wanted, but at least 3 and at most 200."""
    configuration = getattr(service, "deployment_configuration", None) or {}
    breaker = configuration.get("deploymentCircuitBreaker") or {}
    threshold = min(max((primary.desired_count + 1) // 2, 3), 200)
    return breaker.get("enable") and primary.failed_tasks >= threshold


def give_up(backend, service, primary):
    primary.roll("FAILED", "ECS deployment circuit breaker: tasks failed to start.")
    primary.desired_count = 0
    event(service, f"(deployment {primary.id}) deployment failed: tasks failed to start.")
    breaker = service.deployment_configuration["deploymentCircuitBreaker"]
    before = service.deployments[1:]
    if primary.record["status"] == "ROLLBACK_IN_PROGRESS":
        finish(primary.record, "ROLLBACK_FAILED", "tasks failed to start")
        return not primary.tasks
    if not (breaker.get("rollback") and before):
        finish(primary.record, "STOPPED", "Service deployment failed: tasks failed to start.")
        return not primary.tasks
    # The deployment before is made again, under a new id and in the same record.
    event(service, f"rolling back to (deployment {before[0].id}).")
    failed = primary.record
    failed["status"], failed["statusReason"] = "ROLLBACK_IN_PROGRESS", "tasks failed to start"
    service.task_definition = before[0].task_definition
    service.network_configuration = before[0].network_configuration or {}
    service.load_balancers = before[0].load_balancers
    again = replace(service)
    again.record = failed
    again.roll("IN_PROGRESS", "ECS deployment circuit breaker: rolling back to "
               f"deploymentId {before[0].id}.")
    return False
