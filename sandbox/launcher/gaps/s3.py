"""S3: what a new bucket has by default since 2023, and which policies are refused."""

import json
import re

from moto.core.responses import ActionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import OWNER, FakeAcl, FakeDeleteMarker, FakeGrant, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from gaps.wrap import wrap

ENCRYPTION = {
    "Rule": {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
    }
}


def install():
    defaults()
    policies()
    deletion()
    locks()
    answers()
    echoes()
    lists()


def defaults():
    @wrap(S3Backend, "create_bucket")
    def create_bucket(original, self, *args, **kwargs):
        """A new bucket is private, and its objects belong to its owner."""
        bucket = original(*args, **kwargs)
        bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")
        bucket.ownership_rule = "BucketOwnerEnforced"
        return bucket

    @wrap(S3Backend, "get_bucket_encryption")
    def get_bucket_encryption(original, self, bucket_name):
        """Every bucket is encrypted, one way or another."""
        return original(bucket_name) or ENCRYPTION

    @wrap(S3Backend, "put_bucket_acl")
    def put_bucket_acl(original, self, bucket_name, acl):
        rule = self.get_bucket(bucket_name).ownership_rule
        private = acl is None or all(
            grant.permissions == ["FULL_CONTROL"] and not any(it.uri for it in grant.grantees)
            for grant in acl.grants
        )
        if rule == "BucketOwnerEnforced" and not private:
            raise S3ClientError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        return original(bucket_name, acl)


def policies():
    @wrap(S3Backend, "put_bucket_policy")
    def put_bucket_policy(original, self, bucket_name, policy):
        try:
            document = json.loads(policy)
            statements = document["Statement"]
        except (ValueError, KeyError, TypeError):
            raise S3ClientError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
        block = self.get_bucket(bucket_name).public_access_block
        statements = statements if isinstance(statements, list) else [statements]
        if block and block.block_public_policy and any(public(it) for it in statements):
            raise S3ClientError(
                "AccessDenied",
                "User is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"arn:aws:s3:::{bucket_name}" because public policies are prevented by the '
                "BlockPublicPolicy setting in S3 Block Public Access.",
            )
        return original(bucket_name, policy)


def public(statement):
    everyone = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return everyone and statement.get("Effect") == "Allow" and not statement.get("Condition")


def deletion():
    # moto throws the versions of a key away with their content, which a delete marker has not.
    FakeDeleteMarker.dispose = lambda self: None

    @wrap(S3Response, "_bucket_response_delete_keys")
    def delete_keys(original, self, *args, **kwargs):
        """A quiet request is answered with the errors alone."""
        answer = original(*args, **kwargs)
        if b"<Quiet>true</Quiet>" not in encoded(self.body):
            return answer
        status, headers, body = answer
        if "<Error>" in body:
            return answer
        return self.serialized(ActionResult({}))

    @wrap(S3Response, "delete_bucket")
    def delete_bucket(original, self):
        bucket = self.backend.get_bucket(self.bucket_name)
        if bucket.keys and bucket.versioning_status:
            error = S3ClientError(
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
            )
            error.bucket_name = self.bucket_name
            raise error
        return original()


RETENTION = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Mode>{}</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>"
)


def locks():
    @wrap(S3Response, "_key_response_get")
    def get(original, self, query, key_name):
        """Moto does not tell until when an object is locked."""
        if "retention" not in query:
            return original(query, key_name)
        key, _ = self._get_key()
        if not key.lock_mode:
            message = "The specified object does not have a ObjectLock configuration"
            raise S3ClientError("NoSuchObjectLockConfiguration", message)
        return 200, {}, RETENTION.format(key.lock_mode, key.lock_until)


# What answers are called that moto names after the operation when there is nothing in them.
ROOTS = {
    "GetBucketAccelerateConfigurationResponse": "AccelerateConfiguration",
    "GetBucketNotificationResponse": "NotificationConfiguration",
    "GetBucketVersioningResponse": "VersioningConfiguration",
}

PAYMENT = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Payer>{}</Payer></RequestPaymentConfiguration>"
)


def answers():
    @wrap(S3Response, "serialized")
    def serialized(original, self, result):
        status, headers, body = original(result)
        for theirs, ours in ROOTS.items():
            body = body.replace(f"<{theirs} ", f"<{ours} ").replace(f"</{theirs}>", f"</{ours}>")
        return status, headers, body

    @wrap(S3Response, "_bucket_response_get")
    def get(original, self, bucket_name, querystring):
        if "requestPayment" not in querystring:
            return original(bucket_name, querystring)
        bucket = self.backend.get_bucket(bucket_name)
        return 200, {}, PAYMENT.format(getattr(bucket, "request_payer", "BucketOwner"))

    @wrap(S3Response, "_bucket_response_put")
    def put(original, self, request, bucket_name, querystring):
        if "requestPayment" not in querystring:
            return original(request, bucket_name, querystring)
        requester = b"<Payer>Requester</Payer>" in encoded(self.body)
        self.backend.get_bucket(bucket_name).request_payer = "Requester" if requester else "BucketOwner"
        return 200, {}, ""


# Aspects that moto keeps in part: they are answered with what was last sent.
ECHOED = {"lifecycle": "LifecycleConfiguration", "logging": "BucketLoggingStatus"}
SIZE = "x-amz-transition-default-minimum-object-size"
EVENTS = "<EventBridgeConfiguration/>"


def echoes():
    @wrap(S3Response, "_bucket_response_put")
    def put(original, self, request, bucket_name, querystring):
        is_owner(self)
        answer = original(request, bucket_name, querystring)
        for aspect in set(ECHOED) & set(querystring):
            size = self.headers.get(SIZE) or "all_storage_classes_128K"
            self.backend.get_bucket(bucket_name).__dict__.setdefault("echoes", {})[aspect] = (
                encoded(self.body).decode(),
                {SIZE: size} if aspect == "lifecycle" else {},
            )
        return answer

    @wrap(S3Response, "_bucket_response_get")
    def get(original, self, bucket_name, querystring):
        is_owner(self)
        answer = original(bucket_name, querystring)
        for aspect in set(ECHOED) & set(querystring):
            echo = self.backend.get_bucket(bucket_name).__dict__.get("echoes", {}).get(aspect)
            if echo:
                status, headers, _ = answer
                return status, {**headers, **echo[1]}, echo[0]
        if "notification" in querystring:
            return with_events(self, bucket_name, answer)
        return answer


def with_events(response, bucket_name, answer):
    """Moto does not say that EventBridge is told."""
    config = response.backend.get_bucket_notification_configuration(bucket_name)
    if not config or config.event_bridge is None:
        return answer
    status, headers, body = answer
    if body.rstrip().endswith("/>"):
        body = body.rstrip()[:-2] + "></NotificationConfiguration>"
    return status, headers, body.replace("</NotificationConfiguration>", EVENTS + "</NotificationConfiguration>")


def is_owner(response):
    owner = response.headers.get("x-amz-expected-bucket-owner")
    if owner and owner != response.current_account:
        raise S3ClientError("AccessDenied", "Access Denied")


def lists():
    """An access control list has one grant for each permission, and the owner has one id."""

    @wrap(FakeAcl, "__init__")
    def __init__(original, self, grants=None):
        each = [FakeGrant(it.grantees, [permission]) for it in grants or [] for permission in it.permissions]
        original(each)

    @wrap(S3Response, "all_buckets")
    def all_buckets(original, self):
        status, headers, body = original()
        return status, headers, re.sub(r"<ID>[0-9a-f]+</ID>", f"<ID>{OWNER}</ID>", body)


def encoded(body):
    return body if isinstance(body, bytes) else body.encode()
