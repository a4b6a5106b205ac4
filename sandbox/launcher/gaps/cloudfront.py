"""CloudFront: a distribution is changed by whoever has its latest ETag, and deleted when disabled."""

from moto.cloudfront.exceptions import CloudFrontException
from moto.cloudfront.models import CloudFrontBackend
from moto.moto_api._internal import mock_random

from gaps.wrap import wrap


def install():
    @wrap(CloudFrontBackend, "update_distribution")
    def update_distribution(original, self, dist_config, _id, if_match):
        check(self, _id, if_match)
        distribution, location, _ = original(dist_config=dist_config, _id=_id, if_match=if_match)
        distribution.etag = "E" + mock_random.get_random_string(length=13, include_digits=True).upper()
        distribution.status = "InProgress"
        return distribution, location, distribution.etag

    @wrap(CloudFrontBackend, "delete_distribution")
    def delete_distribution(original, self, distribution_id, if_match):
        check(self, distribution_id, if_match)
        distribution = self.distributions.get(distribution_id)
        if distribution and str(getattr(distribution.distribution_config, "Enabled", False)).lower() == "true":
            raise CloudFrontException(
                "DistributionNotDisabled",
                "The distribution you are trying to delete has not been disabled.",
            )
        return original(distribution_id, if_match)


def check(backend, id, if_match):
    distribution = backend.distributions.get(id)
    if distribution and if_match and if_match != distribution.etag:
        raise CloudFrontException(
            "PreconditionFailed",
            "The request failed because it didn't meet the preconditions in one or more "
            "request-header fields.",
        )
