"""ECR: an image is named by its manifest's digest, what is left out is off, registries can be copied."""

import hashlib
import json
import time

from moto.core.exceptions import JsonRESTError
from moto.ecr.models import ECRBackend, Image
from moto.ecr.responses import ECRResponse

from gaps.wrap import add, wrap


def install():
    @wrap(Image, "_create_digest")
    def create_digest(original, self):
        """Moto hashes the layers alone, so that two images without layers are one."""
        if not self.image_manifest:
            return original()
        self._image_digest = "sha256:" + hashlib.sha256(self.image_manifest.encode()).hexdigest()

    @wrap(ECRBackend, "put_image_scanning_configuration")
    def put_image_scanning_configuration(original, self, registry_id, repository_name, image_scan_config):
        config = {"scanOnPush": bool((image_scan_config or {}).get("scanOnPush"))}
        return original(registry_id, repository_name, config)

    pull_through_cache()


class RuleNotFound(JsonRESTError):
    def __init__(self, prefix):
        message = f"The pull through cache rule with prefix '{prefix}' does not exist"
        super().__init__("PullThroughCacheRuleNotFoundException", message)


class RuleExists(JsonRESTError):
    def __init__(self, prefix):
        message = f"A pull through cache rule with prefix '{prefix}' already exists"
        super().__init__("PullThroughCacheRuleAlreadyExistsException", message)


def rules(response):
    backend = response.ecr_backend
    if not hasattr(backend, "pull_through_cache_rules"):
        backend.pull_through_cache_rules = {}
    return backend.pull_through_cache_rules


def pull_through_cache():
    """Moto has none of it."""

    @add(ECRResponse)
    def create_pull_through_cache_rule(self):
        prefix = self._get_param("ecrRepositoryPrefix")
        if prefix in rules(self):
            raise RuleExists(prefix)
        rule = {
            "ecrRepositoryPrefix": prefix,
            "upstreamRegistryUrl": self._get_param("upstreamRegistryUrl"),
            "upstreamRepositoryPrefix": self._get_param("upstreamRepositoryPrefix") or "ROOT",
            "registryId": self.current_account,
            "createdAt": time.time(),
        }
        rules(self)[prefix] = rule | told(self)
        return json.dumps(rules(self)[prefix])

    @add(ECRResponse)
    def describe_pull_through_cache_rules(self):
        prefixes = self._get_param("ecrRepositoryPrefixes") or list(rules(self))
        missing = [it for it in prefixes if it not in rules(self)]
        if missing:
            raise RuleNotFound(missing[0])
        return json.dumps({"pullThroughCacheRules": [rules(self)[it] for it in prefixes]})

    @add(ECRResponse)
    def update_pull_through_cache_rule(self):
        prefix = self._get_param("ecrRepositoryPrefix")
        if prefix not in rules(self):
            raise RuleNotFound(prefix)
        rules(self)[prefix].update(told(self))
        return json.dumps(rules(self)[prefix])

    @add(ECRResponse)
    def delete_pull_through_cache_rule(self):
        prefix = self._get_param("ecrRepositoryPrefix")
        if prefix not in rules(self):
            raise RuleNotFound(prefix)
        return json.dumps(rules(self).pop(prefix))


def told(response):
    names = ["credentialArn", "customRoleArn"]
    return {name: it for name in names if (it := response._get_param(name))}
