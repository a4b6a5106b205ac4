"""CloudFront: a configuration comes back as it was sent, a distribution is changed by whoever has its
latest ETag and deleted when disabled, and there are origin access identities and managed policies."""

import copy

from moto.cloudfront import urls
from moto.cloudfront.exceptions import CloudFrontException
from moto.cloudfront.models import (
    CloudFrontBackend,
    DistributionConfig,
    OriginAccessControl,
)
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.moto_api import state_manager
from moto.moto_api._internal import mock_random

from gaps.wrap import add, wrap


class NoSuch(CloudFrontException):
    code = 404

    def __init__(self, what):
        super().__init__(f"NoSuch{what}", f"The specified {what} does not exist.")


def install():
    for path in [
        "origin-access-identity/cloudfront$",
        "origin-access-identity/cloudfront/(?P<id>[^/]+)$",
        "origin-access-identity/cloudfront/(?P<id>[^/]+)/config$",
        "cache-policy$",
        "cache-policy/(?P<id>[^/]+)$",
        "origin-request-policy$",
        "origin-request-policy/(?P<id>[^/]+)$",
    ]:
        urls.url_paths["{0}/2020-05-31/" + path] = CloudFrontResponse.dispatch
    configurations()
    distributions()
    access_controls()
    access_identities()
    policies()


def new_id():
    return "E" + mock_random.get_random_string(length=13, include_digits=True).upper()


def check(have, if_match):
    if if_match and if_match != have:
        raise CloudFrontException(
            "PreconditionFailed",
            "The request failed because it didn't meet the preconditions in one or more "
            "request-header fields.",
        )


def configurations():
    @wrap(DistributionConfig, "__init__")
    def __init__(original, self, config):
        """Moto keeps some of it. Here all of it is kept, with AWS's own values where there is none."""
        sent = completed(copy.deepcopy(config))
        behavior, origins = config["DefaultCacheBehavior"], config["Origins"]["Items"]
        groups = config.get("OriginGroups", {}).get("Items") or []
        if behavior["TargetOriginId"] in [it["Id"] for it in groups]:
            behavior["TargetOriginId"] = origins[0]["Id"]
        original(config)
        self.__dict__.update(sent)


def completed(config):
    empty = {"Quantity": 0}
    for name in ["Aliases", "OriginGroups", "CacheBehaviors", "CustomErrorResponses"]:
        config.setdefault(name, dict(empty))
    for name in ["DefaultRootObject", "WebACLId", "Comment", "ContinuousDeploymentPolicyId"]:
        config[name] = config.get(name) or ""
    config.setdefault("Staging", False)
    config.setdefault("HttpVersion", "http2")
    config.setdefault("IsIPV6Enabled", False)
    config.setdefault("PriceClass", "PriceClass_All")
    config.setdefault("Logging", {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""})
    config.setdefault("Restrictions", {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}})
    for it in config["Origins"]["Items"]:
        origin(it)
    for it in [config["DefaultCacheBehavior"], *(config["CacheBehaviors"].get("Items") or [])]:
        behavior(it)
    certificate(config.setdefault("ViewerCertificate", {"CloudFrontDefaultCertificate": True}))
    return config


def origin(it):
    it["OriginPath"] = it.get("OriginPath") or ""
    it["OriginAccessControlId"] = it.get("OriginAccessControlId") or ""
    it.setdefault("CustomHeaders", {"Quantity": 0})
    it.setdefault("ConnectionAttempts", 3)
    it.setdefault("ConnectionTimeout", 10)
    it.setdefault("OriginShield", {"Enabled": False})
    if "S3OriginConfig" in it:
        identity = it["S3OriginConfig"].get("OriginAccessIdentity") or ""
        it["S3OriginConfig"]["OriginAccessIdentity"] = identity
    if "CustomOriginConfig" in it:
        it["CustomOriginConfig"].setdefault("OriginReadTimeout", 30)
        it["CustomOriginConfig"].setdefault("OriginKeepaliveTimeout", 5)


def behavior(it):
    for name in ["TrustedSigners", "TrustedKeyGroups"]:
        it.setdefault(name, {"Enabled": False, "Quantity": 0})
    for name in ["LambdaFunctionAssociations", "FunctionAssociations"]:
        it.setdefault(name, {"Quantity": 0})
    it["FieldLevelEncryptionId"] = it.get("FieldLevelEncryptionId") or ""
    it.setdefault("SmoothStreaming", False)
    it.setdefault("Compress", False)
    it.setdefault("GrpcConfig", {"Enabled": False})
    if it.get("CachePolicyId"):
        for name in ["MinTTL", "DefaultTTL", "MaxTTL", "ForwardedValues"]:
            it.pop(name, None)
    else:
        it.setdefault("MinTTL", 0)
        it.setdefault("DefaultTTL", max(86400, it["MinTTL"]))
        it.setdefault("MaxTTL", max(31536000, it["DefaultTTL"]))


def certificate(it):
    if it.get("ACMCertificateArn"):
        it.update(Certificate=it["ACMCertificateArn"], CertificateSource="acm", CloudFrontDefaultCertificate=False)
    elif it.get("IAMCertificateId"):
        it.update(Certificate=it["IAMCertificateId"], CertificateSource="iam", CloudFrontDefaultCertificate=False)
    else:
        # With its own certificate, CloudFront decides about the rest.
        it.update(
            CertificateSource="cloudfront",
            CloudFrontDefaultCertificate=True,
            MinimumProtocolVersion="TLSv1",
            SSLSupportMethod="vip",
        )


def distributions():
    # A change is in force everywhere when it has been asked for twice.
    state_manager.set_transition("cloudfront::distribution", {"progression": "manual", "times": 2})

    @wrap(CloudFrontBackend, "create_distribution_with_tags")
    def create_distribution_with_tags(original, self, distribution_config, tags):
        uses(self, distribution_config)
        return original(distribution_config, tags)

    @wrap(CloudFrontBackend, "update_distribution")
    def update_distribution(original, self, dist_config, _id, if_match):
        if _id in self.distributions:
            check(self.distributions[_id].etag, if_match)
        uses(self, dist_config)
        distribution, location, _ = original(dist_config=dist_config, _id=_id, if_match=if_match)
        distribution.etag = new_id()
        distribution.status, distribution._tick = "InProgress", 0
        return distribution, location, distribution.etag

    @wrap(CloudFrontBackend, "delete_distribution")
    def delete_distribution(original, self, distribution_id, if_match):
        distribution = self.distributions.get(distribution_id)
        if distribution:
            check(distribution.etag, if_match)
            enabled = getattr(distribution.distribution_config, "Enabled", False)
            if str(enabled).lower() == "true" or distribution.status != "Deployed":
                raise CloudFrontException(
                    "DistributionNotDisabled",
                    "The distribution you are trying to delete has not been disabled.",
                )
        return original(distribution_id, if_match)


def uses(backend, config):
    """What a configuration names must be there."""
    for it in config["Origins"]["Items"]:
        control = it.get("OriginAccessControlId")
        if control and control not in backend.origin_access_controls:
            raise NoSuch("OriginAccessControl")


def access_controls():
    @wrap(CloudFrontBackend, "create_origin_access_control")
    def create_origin_access_control(original, self, config_dict):
        for it in self.origin_access_controls.values():
            if it.name == config_dict.get("Name"):
                raise CloudFrontException(
                    "OriginAccessControlAlreadyExists",
                    "An origin access control with the specified parameters already exists.",
                )
        return original(config_dict)

    @wrap(OriginAccessControl, "update")
    def update(original, self, config):
        original(config)
        self.etag = new_id()

    @wrap(CloudFrontResponse, "update_origin_access_control")
    def update_origin_access_control(original, self):
        it = self.backend.get_origin_access_control(self._get_param("Id"))
        check(it.etag, self._get_param("IfMatch"))
        return original()

    @wrap(CloudFrontResponse, "delete_origin_access_control")
    def delete_origin_access_control(original, self):
        it = self.backend.get_origin_access_control(self._get_param("Id"))
        check(it.etag, self._get_param("IfMatch"))
        for distribution in self.backend.distributions.values():
            origins = distribution.distribution_config.Origins["Items"]
            if any(origin["OriginAccessControlId"] == it.id for origin in origins):
                raise CloudFrontException(
                    "OriginAccessControlInUse",
                    "Cannot delete the origin access control because it's in use by one or more distributions.",
                )
        return original()


def access_identities():
    def identities(backend):
        return backend.__dict__.setdefault("origin_access_identities", {})

    def one(self):
        id = self._get_param("Id")
        if id not in identities(self.backend):
            raise NoSuch("CloudFrontOriginAccessIdentity")
        return identities(self.backend)[id]

    def answer(it):
        shown = {key: value for key, value in it.items() if key != "ETag"}
        return ActionResult({"CloudFrontOriginAccessIdentity": shown, "ETag": it["ETag"]})

    @add(CloudFrontResponse)
    def create_cloud_front_origin_access_identity(self):
        config = self._get_param("CloudFrontOriginAccessIdentityConfig", {})
        config["Comment"] = config.get("Comment") or ""
        for it in identities(self.backend).values():
            have = it["CloudFrontOriginAccessIdentityConfig"]
            if have == config:
                return answer(it)
            if have["CallerReference"] == config["CallerReference"]:
                raise CloudFrontException(
                    "CloudFrontOriginAccessIdentityAlreadyExists",
                    "If the CallerReference is a value you already sent in a previous request, the content must be the same.",
                )
        id = new_id()
        identities(self.backend)[id] = {
            "Id": id,
            "S3CanonicalUserId": mock_random.get_random_hex(96),
            "CloudFrontOriginAccessIdentityConfig": config,
            "ETag": new_id(),
        }
        return answer(identities(self.backend)[id])

    @add(CloudFrontResponse)
    def get_cloud_front_origin_access_identity(self):
        return answer(one(self))

    @add(CloudFrontResponse)
    def update_cloud_front_origin_access_identity(self):
        it = one(self)
        check(it["ETag"], self._get_param("IfMatch"))
        config = self._get_param("CloudFrontOriginAccessIdentityConfig", {})
        config["Comment"] = config.get("Comment") or ""
        it.update(CloudFrontOriginAccessIdentityConfig=config, ETag=new_id())
        return answer(it)

    @add(CloudFrontResponse)
    def delete_cloud_front_origin_access_identity(self):
        it = one(self)
        check(it["ETag"], self._get_param("IfMatch"))
        del identities(self.backend)[it["Id"]]
        return EmptyResult()


# Some of those that every account has.
CACHE_POLICIES = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": ("Managed-CachingOptimized", 1, 86400, 31536000, True),
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": ("Managed-CachingOptimizedForUncompressedObjects", 1, 86400, 31536000, False),
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": ("Managed-CachingDisabled", 0, 0, 0, False),
}
ORIGIN_REQUEST_POLICIES = {
    "216adef6-5c7f-47e4-b989-5492eafa07d3": ("Managed-AllViewer", "allViewer"),
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": ("Managed-AllViewerExceptHostHeader", "allExcept"),
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": ("Managed-CORS-S3Origin", "whitelist"),
}
WHEN = "2020-07-24T00:00:00Z"


def cache_policy(id):
    name, least, usual, most, compressed = CACHE_POLICIES[id]
    parameters = {
        "EnableAcceptEncodingGzip": compressed,
        "EnableAcceptEncodingBrotli": compressed,
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    config = {
        "Name": name,
        "Comment": "A policy of AWS",
        "MinTTL": least,
        "DefaultTTL": usual,
        "MaxTTL": most,
        "ParametersInCacheKeyAndForwardedToOrigin": parameters,
    }
    return {"Id": id, "LastModifiedTime": WHEN, "CachePolicyConfig": config}


def origin_request_policy(id):
    name, headers = ORIGIN_REQUEST_POLICIES[id]
    names = ["host"] if headers == "allExcept" else ["origin"]
    named = {} if headers == "allViewer" else {"Headers": {"Quantity": len(names), "Items": names}}
    config = {
        "Name": name,
        "Comment": "A policy of AWS",
        "HeadersConfig": {"HeaderBehavior": headers, **named},
        "CookiesConfig": {"CookieBehavior": "none" if headers == "whitelist" else "all"},
        "QueryStringsConfig": {"QueryStringBehavior": "none" if headers == "whitelist" else "all"},
    }
    return {"Id": id, "LastModifiedTime": WHEN, "OriginRequestPolicyConfig": config}


def policies():
    kinds = [
        ("CachePolicy", "list_cache_policies", "get_cache_policy", CACHE_POLICIES, cache_policy),
        (
            "OriginRequestPolicy",
            "list_origin_request_policies",
            "get_origin_request_policy",
            ORIGIN_REQUEST_POLICIES,
            origin_request_policy,
        ),
    ]
    for kind, listing, getting, known, policy in kinds:

        def all_of(self, kind=kind, known=known, policy=policy):
            items = [{"Type": "managed", kind: policy(id)} for id in known]
            return ActionResult({f"{kind}List": {"MaxItems": 100, "Quantity": len(items), "Items": items}})

        def one_of(self, kind=kind, known=known, policy=policy):
            id = self._get_param("Id")
            if id not in known:
                raise NoSuch(kind)
            return ActionResult({kind: policy(id), "ETag": "E23ZP02F085DFQ"})

        add(CloudFrontResponse, listing)(all_of)
        add(CloudFrontResponse, getting)(one_of)
