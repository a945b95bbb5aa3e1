"""SNS: the version of a topic's signatures, which moto keeps and does not give back."""

from additions import around
from moto.sns.responses import SNSResponse


def add():
    @around(SNSResponse, "get_topic_attributes")
    def attributes(before, self):
        answer = before(self)
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        answer.result["Attributes"]["SignatureVersion"] = getattr(topic, "signature_version", "1")
        return answer
