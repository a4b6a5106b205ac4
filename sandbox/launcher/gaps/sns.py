"""SNS: what is told about a topic or a subscription is shown again."""

from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from gaps.wrap import wrap

# Shown by moto itself, or in another way than it was told.
OWN = {"DisplayName", "FifoTopic", "KmsMasterKeyId", "Policy"}


def install():
    @wrap(SNSBackend, "create_topic")
    def create_topic(original, self, name, attributes=None, tags=None):
        topic = original(name, attributes, tags)
        topic.told = getattr(topic, "told", {}) | (attributes or {})
        return topic

    @wrap(SNSResponse, "set_topic_attributes")
    def set_topic_attributes(original, self):
        answer = original()
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        topic.told[self._get_param("AttributeName")] = self._get_param("AttributeValue")
        return answer

    @wrap(SNSResponse, "get_topic_attributes")
    def get_topic_attributes(original, self):
        answer = original()
        told = self.backend.get_topic(self._get_param("TopicArn")).told
        shown = {name: text for name, text in told.items() if text and name not in OWN}
        answer.result["Attributes"].update(shown)
        return answer

    @wrap(SNSBackend, "set_subscription_attributes")
    def set_subscription_attributes(original, self, arn, name, value):
        """Moto knows no replays; a text that is not given takes away what there is."""
        if name != "ReplayPolicy":
            original(arn, name, value)
        attributes = self.subscriptions[arn].attributes
        if value:
            attributes[name] = value
        else:
            attributes.pop(name, None)
