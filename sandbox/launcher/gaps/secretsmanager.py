"""Secrets Manager: the name of a deleted secret is taken until it is gone."""

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
