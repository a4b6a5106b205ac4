"""SQS: what is not told about a queue stays, and everything is shown."""

from moto.sqs.models import Queue

from gaps.wrap import wrap


def install():
    @wrap(Queue, "_set_attributes")
    def set_attributes(original, self, attributes, now=None):
        """Moto drops the policy whenever anything else is told."""
        policy = getattr(self, "policy", None)
        original(attributes, now)
        if "Policy" not in attributes:
            self.policy = policy
        if attributes.get("KmsMasterKeyId"):
            self.sqs_managed_sse_enabled = "false"

    shown = Queue.attributes.fget

    def attributes(self):
        allowed = getattr(self, "redrive_allow_policy", None)
        return shown(self) | ({"RedriveAllowPolicy": allowed} if allowed else {})

    Queue.attributes = property(attributes)
