"""Secrets Manager: the name of a deleted secret is taken until it is gone, and a description goes."""

from moto.secretsmanager.exceptions import InvalidRequestException
from moto.secretsmanager.models import SecretsManagerBackend

from gaps.wrap import wrap


def install():
    @wrap(SecretsManagerBackend, "create_secret")
    def create_secret(original, self, name, *args, **kwargs):
        secret = self.secrets.get(name) if name in self.secrets else None
        if secret and secret.is_deleted():
            raise InvalidRequestException(
                "You can't create this secret because a secret with this name is already scheduled for "
                "deletion."
            )
        return original(name, *args, **kwargs)

    @wrap(SecretsManagerBackend, "update_secret")
    def update_secret(original, self, secret_id, *args, description=None, **kwargs):
        """To moto an empty description is none."""
        answer = original(secret_id, *args, description=description, **kwargs)
        if description == "":
            self.secrets[secret_id].description = ""
        return answer
