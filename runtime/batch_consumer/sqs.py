"""A consumer's queue on Amazon SQS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import MessageAttributeValueTypeDef

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
MAX_ATTRIBUTES = 10
REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST_VALUE = 1024
"""A limit of ours: attributes count towards the size of a message, and nobody reads more of a reason."""


class SqsQueue:
    """A queue and its dead-letter queue, by their URLs."""

    def __init__(self, client: SQSClient, url: str, dead_letter_url: str) -> None:
        self._client = client
        self._url = url
        self._dead_letter_url = dead_letter_url

    def send(self, body: str, attributes: Mapping[str, str], *, delay: int) -> None:
        """Send to the queue itself."""
        self._client.send_message(
            QueueUrl=self._url, MessageBody=body, DelaySeconds=delay, MessageAttributes=_written(attributes)
        )

    def hide(self, receipt_handle: str, *, seconds: int) -> None:
        """Change the message's visibility timeout, which counts from now."""
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)

    def bury(self, body: str, attributes: Mapping[str, str]) -> None:
        """Send to the dead-letter queue."""
        self._client.send_message(QueueUrl=self._dead_letter_url, MessageBody=body, MessageAttributes=_written(attributes))


def _written(attributes: Mapping[str, str]) -> dict[str, MessageAttributeValueTypeDef]:
    """The attributes as SQS takes them: at most ten, none empty, no characters that XML does not know."""
    kept = islice(((name, value) for name, value in attributes.items() if value), MAX_ATTRIBUTES)
    return {name: {"DataType": "String", "StringValue": REFUSED.sub("?", value[:LONGEST_VALUE])} for name, value in kept}
