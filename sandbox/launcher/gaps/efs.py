"""EFS: changing a file system, its protection, and what has a default."""

import json

from moto.core.exceptions import JsonRESTError
from moto.efs import urls
from moto.efs.exceptions import BadRequest, FileSystemNotFound
from moto.efs.models import EFSBackend, FileSystem
from moto.efs.responses import EFSResponse
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from gaps.wrap import add, wrap

JSON = {"Content-Type": "application/json"}


class AccessPointNotFound(JsonRESTError):
    code = 404

    def __init__(self, id):
        super().__init__("AccessPointNotFound", f"Access Point {id} does not exist.")


class AccessPointAlreadyExists(JsonRESTError):
    code = 409

    def __init__(self, id):
        super().__init__("AccessPointAlreadyExists", f"Access point {id} was made with this token.")


def install():
    path = "/2015-02-01/file-systems/<file_system_id>/protection"
    urls.url_paths[path] = urls.response.dispatch
    file_systems()
    mount_targets()
    access_points()


def file_systems():
    @wrap(FileSystem, "__init__")
    def __init__(original, self, *args, **kwargs):
        original(*args, **kwargs)
        self.file_system_protection = {"ReplicationOverwriteProtection": "ENABLED"}
        if self.encrypted and not self.kms_key_id:
            region = self._context.region_name
            self.kms_key_id = (
                f"arn:{get_partition(region)}:kms:{region}:{self.owner_id}:key/{mock_random.uuid4()}"
            )

    @add(EFSResponse)
    def update_file_system(self):
        it = one(self)
        it.throughput_mode = self._get_param("ThroughputMode") or it.throughput_mode
        amount = self._get_param("ProvisionedThroughputInMibps")
        it.provisioned_throughput_in_mibps = amount if it.throughput_mode == "provisioned" else None
        return json.dumps(it.info_json()), {"status": 202, **JSON}

    @add(EFSResponse)
    def update_file_system_protection(self):
        it = one(self)
        wanted = self._get_param("ReplicationOverwriteProtection")
        it.file_system_protection = {"ReplicationOverwriteProtection": wanted}
        return json.dumps(it.file_system_protection), JSON

    @wrap(EFSBackend, "put_lifecycle_configuration")
    def put_lifecycle_configuration(original, self, file_system_id, policies):
        if any(len(it) != 1 for it in policies):
            raise BadRequest("Each LifecyclePolicy object can have only one transition.")
        return original(file_system_id, policies)


def one(response):
    id = response._get_param("FileSystemId")
    found = response.efs_backend.file_systems_by_id
    if id not in found:
        raise FileSystemNotFound(id)
    return found[id]


def mount_targets():
    @wrap(EFSBackend, "create_mount_target")
    def create_mount_target(original, self, file_system_id, subnet_id, *args, **kwargs):
        """Without groups, it has the one by default of its VPC."""
        it = original(file_system_id, subnet_id, *args, **kwargs)
        if not it.security_groups:
            groups = self.ec2_backend.describe_security_groups()
            default = [g.id for g in groups if g.vpc_id == it.vpc_id and g.name == "default"]
            it.security_groups = default
        return it


def access_points():
    @wrap(EFSBackend, "create_access_point")
    def create_access_point(original, self, client_token, tags, file_system_id, *args, **kwargs):
        if file_system_id not in self.file_systems_by_id:
            raise FileSystemNotFound(file_system_id)
        for it in self.access_points.values():
            if it.client_token == client_token:
                raise AccessPointAlreadyExists(it.access_point_id)
        return original(client_token, tags, file_system_id, *args, **kwargs)

    @wrap(EFSBackend, "delete_access_point")
    def delete_access_point(original, self, access_point_id):
        if access_point_id not in self.access_points:
            raise AccessPointNotFound(access_point_id)
        return original(access_point_id)
