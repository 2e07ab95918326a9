"""The queues of operations on Amazon SQS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from runtime.outbox.dispatch import TransientFault

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient


class SqsQueues:
    """Sends to the queues of these URLs, by name."""

    def __init__(self, client: SQSClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def send(self, queue: str, message: Mapping[str, Any]) -> None:
        """Send a message; a fault may pass."""
        try:
            self._client.send_message(QueueUrl=self._urls[queue], MessageBody=json.dumps(message, separators=(",", ":")))
        except (BotoCoreError, ClientError) as error:
            raise TransientFault("The queue did not take the message.") from error
