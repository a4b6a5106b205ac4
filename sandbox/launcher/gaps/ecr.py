"""ECR: an image is named by the digest of its manifest, and what a request leaves out is off."""

import hashlib

from moto.ecr.models import ECRBackend, Image

from gaps.wrap import wrap


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
