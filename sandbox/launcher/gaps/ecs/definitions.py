"""Task definitions: every field is kept, defaults are AWS's, revisions are never used twice."""

from copy import deepcopy

from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException, TaskDefinitionNotFoundException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from gaps import clock
from gaps.wrap import wrap

# Which memory (MiB) Fargate takes for which CPU units.
FARGATE_SIZES = {
    256: [512, 1024, 2048],
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}


def install():
    registration()
    reading()
    deletion()


def registration():
    @wrap(EC2ContainerServiceResponse, "register_task_definition")
    def register_task_definition(original, self):
        """Moto drops what it does not know; AWS answers with the tags beside the definition."""
        request = deepcopy(dict(self._get_params()))
        check(request)
        definition = original().result["taskDefinition"]
        definition.pid_mode = request.get("pidMode")
        definition.ipc_mode = request.get("ipcMode")
        definition.enable_fault_injection = request.get("enableFaultInjection", False)
        definition.requires_compatibilities = request.get("requiresCompatibilities") or []
        definition.network_mode = network_mode(request)
        definition.container_definitions = [
            container(it, definition.network_mode) for it in request["containerDefinitions"]
        ]
        definition.volumes = [volume(it) for it in request.get("volumes") or []]
        definition.registered_at = clock.timestamp()
        definition.registered_by = f"arn:aws:iam::{self.current_account}:root"
        answer = {"taskDefinition": definition}
        if definition.tags:
            answer["tags"] = definition.tags
        return ActionResult(answer)

    @wrap(EC2ContainerServiceBackend, "register_task_definition")
    def register(original, self, family, *args, **kwargs):
        """A revision's number is not given again when it has been deleted."""
        if not hasattr(self, "last_revisions"):
            self.last_revisions = {}
        definition = original(family, *args, **kwargs)
        last = self.last_revisions.get(family, 0)
        if definition.revision <= last:
            del self.task_definitions[family][definition.revision]
            definition.revision = last + 1
            definition.arn = f"{definition.arn.rsplit(':', 1)[0]}:{definition.revision}"
            self.task_definitions[family][definition.revision] = definition
        self.last_revisions[family] = definition.revision
        return definition


def check(request):
    if "FARGATE" not in (request.get("requiresCompatibilities") or []):
        return
    if request.get("networkMode") != "awsvpc":
        raise EcsClientException("Fargate only supports network mode ‘awsvpc’.")
    for name in ("cpu", "memory"):
        if not request.get(name):
            raise EcsClientException(f"Fargate requires that '{name}' be defined at the task level.")
    cpu, memory = units(request["cpu"]), units(request["memory"])
    if memory not in FARGATE_SIZES.get(cpu, []):
        raise EcsClientException(
            "No Fargate configuration exists for given values: "
            f"{request['cpu']} CPU, {request['memory']} memory. See the Amazon ECS documentation "
            "for the valid values."
        )
    for it in request["containerDefinitions"]:
        driver = (it.get("logConfiguration") or {}).get("logDriver")
        if driver == "awslogs" and not request.get("executionRoleArn"):
            raise EcsClientException(
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )


def units(text):
    """`1024`, `1 vCPU` and `2GB` are ways to write a size."""
    text = str(text).upper().replace(" ", "")
    for suffix in ("VCPU", "GB"):
        if text.endswith(suffix):
            return int(float(text.removesuffix(suffix)) * 1024)
    return int(text) if text.isdigit() else -1


def network_mode(request):
    return request.get("networkMode") or "bridge"


def container(written, mode):
    defaults = {
        "cpu": 0,
        "portMappings": [],
        "essential": True,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
    }
    full = defaults | {name: value for name, value in written.items() if value is not None}
    full["portMappings"] = [port(it, mode) for it in full["portMappings"]]
    return full


def port(written, mode):
    host = written.get("containerPort", 0) if mode in ("awsvpc", "host") else 0
    return {"hostPort": host, "protocol": "tcp"} | written


def volume(written):
    if not set(written) & {"host", "efsVolumeConfiguration", "dockerVolumeConfiguration"}:
        if "fsxWindowsFileServerVolumeConfiguration" not in written:
            if not written.get("configuredAtLaunch"):
                return written | {"host": {}}
    if "efsVolumeConfiguration" in written:
        efs = {"rootDirectory": "/"} | written["efsVolumeConfiguration"]
        return written | {"efsVolumeConfiguration": efs}
    return written


def reading():
    @wrap(EC2ContainerServiceBackend, "describe_task_definition")
    def describe_task_definition(original, self, task_definition_str):
        """A family alone means its latest revision that is active."""
        forget(self)
        name = task_definition_str.split("/")[-1]
        if ":" in name:
            return original(task_definition_str)
        revisions = self.task_definitions.get(name, {}).values()
        active = [it for it in revisions if it.status == "ACTIVE"]
        if not active:
            raise TaskDefinitionNotFoundException()
        return max(active, key=lambda it: it.revision)

    @wrap(EC2ContainerServiceResponse, "list_task_definitions")
    def list_task_definitions(original, self):
        forget(self.ecs_backend)
        arns = original().result["taskDefinitionArns"]
        arns.sort(key=lambda it: (it.rsplit(":", 1)[0], int(it.rsplit(":", 1)[1])))
        if self._get_param("sort") == "DESC":
            arns.reverse()
        return ActionResult({"taskDefinitionArns": arns})

    @wrap(EC2ContainerServiceResponse, "list_task_definition_families")
    def list_task_definition_families(original, self):
        """Families without an active revision are told only when asked for."""
        wanted = self._get_param("status", "ACTIVE")
        prefix = self._get_param("familyPrefix") or ""
        families = []
        for family, revisions in self.ecs_backend.task_definitions.items():
            active = any(it.status == "ACTIVE" for it in revisions.values())
            if family.startswith(prefix) and wanted in ("ALL", "ACTIVE" if active else "INACTIVE"):
                families.append(family)
        return ActionResult({"families": sorted(families)})


def deletion():
    @wrap(EC2ContainerServiceBackend, "deregister_task_definition")
    def deregister_task_definition(original, self, task_definition_str):
        definition = original(task_definition_str)
        definition.deregistered_at = clock.timestamp()
        return definition

    @wrap(EC2ContainerServiceBackend, "delete_task_definitions")
    def delete_task_definitions(original, self, task_definitions):
        """A deleted definition stays, as DELETE_IN_PROGRESS, until nothing uses it."""
        definitions, failures = original(task_definitions)
        for definition in definitions:
            self.task_definitions[definition.family][definition.revision] = definition
            definition.delete_requested_at = clock.timestamp()
            definition.gone_at = clock.seconds() + clock.PHASE
        return definitions, failures


def forget(backend):
    """Removes the deleted definitions that nothing uses any more."""
    for revisions in backend.task_definitions.values():
        for revision, it in list(revisions.items()):
            if it.status == "DELETE_IN_PROGRESS" and it.gone_at <= clock.seconds():
                if not used(backend, it.arn):
                    del revisions[revision]


def used(backend, arn):
    if any(it.task_definition == arn and it.status != "INACTIVE" for it in backend.services.values()):
        return True
    tasks = (it for of_cluster in backend.tasks.values() for it in of_cluster.values())
    return any(it.task_definition_arn == arn and it.last_status != "STOPPED" for it in tasks)
