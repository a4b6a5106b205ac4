"""IAM: what is attached cannot be deleted, a trust policy must be one, and lookups are fast."""

import copy

from moto.core.responses import EmptyResult
from moto.iam import models
from moto.iam.exceptions import DeleteConflictException, NotFoundException
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse

from gaps.wrap import add, wrap


def install():
    speed()
    roles()
    attachments()
    users()
    groups()
    identity_providers()
    deletion()


def speed():
    def get_account_id_from(access_key):
        """Moto makes the IAM of every partition (China ...) at each request to look for the key."""
        for account, partitions in list(models.iam_backends.items()):
            for partition in list(partitions.values()):
                if access_key in partition.access_keys:
                    return account
        return models.DEFAULT_ACCOUNT_ID

    models.get_account_id_from = get_account_id_from
    loaded = {}

    @wrap(IAMBackend, "_init_aws_policies")
    def init_aws_policies(original, self):
        """AWS's own policies are many: they are parsed once."""
        if self.region_name not in loaded:
            loaded[self.region_name] = original()
        return [copy.copy(it) for it in loaded[self.region_name]]


def roles():
    @wrap(IAMBackend, "create_role")
    def create_role(original, self, *args, **kwargs):
        document = kwargs.get("assume_role_policy_document") or args[1]
        IAMTrustPolicyDocumentValidator(document).validate()
        boundary = kwargs.get("permissions_boundary")
        if boundary and boundary not in self.managed_policies:
            raise NotFoundException(f"Scope ARN: {boundary} does not exist or is not attachable.")
        return original(*args, **kwargs)

    @wrap(IamResponse, "update_role")
    def update_role(original, self):
        """What is not given stays."""
        role = self.backend.get_role(self._get_param("RoleName"))
        role.description = self._get_param("Description", role.description)
        role.max_session_duration = self._get_param("MaxSessionDuration", role.max_session_duration)
        return EmptyResult()


def attachments():
    @wrap(ManagedPolicy, "attach_to")
    def attach_to(original, self, owner):
        """Moto counts what is attached twice as two."""
        if self.arn not in owner.managed_policies:
            original(owner)


def users():
    """Moto knows no limits of users."""

    def limit(user, arn):
        user.permissions_boundary_arn = arn
        user.permissions_boundary = {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": arn,
        }

    @wrap(IamResponse, "create_user")
    def create_user(original, self):
        answer = original()
        boundary = self._get_param("PermissionsBoundary")
        if boundary:
            limit(self.backend.get_user(self._get_param("UserName")), boundary)
        return answer

    @wrap(IAMBackend, "update_user")
    def update_user(original, self, user_name, *args, **kwargs):
        """To moto tags belong to an ARN, which a new path changes."""
        user = self.get_user(user_name)
        tags = self.tagger.list_tags_for_resource(user.arn)["Tags"]
        original(user_name, *args, **kwargs)
        self.tagger.tag_resource(user.arn, tags)

    @add(IamResponse)
    def put_user_permissions_boundary(self):
        boundary = self._get_param("PermissionsBoundary")
        if boundary not in self.backend.managed_policies:
            raise NotFoundException(f"Scope ARN: {boundary} does not exist or is not attachable.")
        limit(self.backend.get_user(self._get_param("UserName")), boundary)
        return EmptyResult()

    @add(IamResponse)
    def delete_user_permissions_boundary(self):
        user = self.backend.get_user(self._get_param("UserName"))
        for name in ["permissions_boundary", "permissions_boundary_arn"]:
            vars(user).pop(name, None)
        return EmptyResult()


def groups():
    @wrap(IAMBackend, "update_group")
    def update_group(original, self, group_name, new_group_name, new_path):
        """Moto overlooks a path without a name."""
        if new_path and not new_group_name:
            self.get_group(group_name).path = new_path
        return original(group_name, new_group_name, new_path)


def identity_providers():
    def clients(response):
        arn = response._get_param("OpenIDConnectProviderArn")
        return response.backend.get_open_id_connect_provider(arn).client_id_list

    @add(IamResponse)
    def add_client_id_to_open_id_connect_provider(self):
        client = self._get_param("ClientID")
        if client not in clients(self):
            clients(self).append(client)
        return EmptyResult()

    @add(IamResponse)
    def remove_client_id_from_open_id_connect_provider(self):
        client = self._get_param("ClientID")
        if client in clients(self):
            clients(self).remove(client)
        return EmptyResult()


def deletion():
    @wrap(IAMBackend, "delete_policy")
    def delete_policy(original, self, policy_arn):
        policy = self.get_policy(policy_arn)
        holders = [*self.roles.values(), *self.users.values(), *self.groups.values()]
        if any(policy_arn in it.managed_policies for it in holders):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if any(getattr(it, "permissions_boundary_arn", None) == policy_arn for it in holders):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, you must delete the "
                "policy's versions. The default version is deleted with the policy."
            )
        return original(policy_arn)

    @wrap(IAMBackend, "delete_user")
    def delete_user(original, self, user_name):
        user = self.get_user(user_name)
        held = [
            (user.access_keys, "delete access keys"),
            (user.password, "delete login profile"),
            (user.mfa_devices, "delete MFA device"),
            (user.ssh_public_keys, "delete SSH public keys"),
            ([it for it in self.groups.values() if user in it.users], "remove users from group"),
        ]
        for thing, act in held:
            if thing:
                raise DeleteConflictException(f"Cannot delete entity, must {act} first.")
        return original(user_name)

    @wrap(IAMBackend, "delete_group")
    def delete_group(original, self, group_name):
        group = self.groups.get(group_name)
        held = group and [
            (group.users, "remove users from group"),
            (group.managed_policies, "detach all policies"),
            (group.policies, "delete policies"),
        ]
        for thing, act in held or []:
            if thing:
                raise DeleteConflictException(f"Cannot delete entity, must {act} first.")
        return original(group_name)
