"""S3: the conditions of a bucket's policy, and how a request that it denies is answered."""

import fnmatch
import json

from flask import has_request_context, request
from moto.iam.access_control import IAMPolicy
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from gaps.wrap import wrap

OPERATORS = {
    "Bool": lambda have, want: have.lower() == want.lower(),
    "StringEquals": lambda have, want: have == want,
    "StringEqualsIgnoreCase": lambda have, want: have.lower() == want.lower(),
    "StringLike": fnmatch.fnmatchcase,
}


def install():
    @wrap(FakeBucket, "get_permission")
    def get_permission(original, self, action, resource):
        """A statement counts when its conditions hold; moto takes each one to be unconditional."""
        if self.policy is None:
            return original(action, resource)
        document = json.loads(self.policy)
        held = [it for it in listed(document["Statement"]) if holds(it.get("Condition", {}))]
        bare = [{name: it[name] for name in it if name != "Condition"} for it in held]
        policy = IAMPolicy(json.dumps({**document, "Statement": bare}))
        return policy.is_action_permitted(action, resource)

    @wrap(S3Response, "_key_response")
    def key_response(original, self, *args, **kwargs):
        answer = original(*args, **kwargs)
        if answer != (403, {}, ""):
            return answer
        raise S3AccessDeniedError()


def listed(it):
    return it if isinstance(it, list) else [it]


def holds(conditions):
    return all(
        passes(operator, key, [str(it) for it in listed(wanted)])
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def passes(operator, key, wanted):
    """A key that a request lacks fails a comparison, and passes a negated one or `IfExists`."""
    have = value(key)
    if operator == "Null":
        return (have is None) == (wanted[0].lower() == "true")
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = "Not" in operator
    compare = OPERATORS.get(operator.replace("Not", ""))
    if compare is None:
        return False
    if have is None:
        return negated or optional
    return any(compare(have, it) for it in wanted) != negated


def value(key):
    """What a request has for a condition key. The sandbox stands for endpoints with HTTPS."""
    key = key.lower()
    if key == "aws:securetransport":
        return "true"
    if key.startswith("s3:x-amz-") and has_request_context():
        return request.headers.get(key.removeprefix("s3:"))
    return None
