"""The dead letters of a stage: what is there, why, since when, and putting it back on the queue it came from.

Putting back is sending, then deleting. Who is interrupted in between leaves a message twice, which harms nothing: an operation
is claimed once. The attributes go along, because they tell the worker which run of the operation had died.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError

from ops.columns import in_columns

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

QUEUES = ("creation", "update", "deletion")
HIDDEN_SECONDS = 60
"""How long a letter that is looked at is hidden from others who look."""

NO_REASON = "received too often; see the consumer's log"
"""What is said of a letter that SQS moved by itself, because whoever received it died."""


class _Named(BaseModel):
    operation_id: str = Field(alias="operationId")


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message that was given up."""

    message_id: str
    receipt_handle: str
    body: str
    attributes: dict[str, Any]
    queue: str
    reason: str
    since: datetime
    operation_id: str | None


def table_of(letters: Sequence[DeadLetter], now: datetime) -> str:
    """The letters as people read them: queue, age, operation, reason."""
    lines = [(each.queue, str(now - each.since).partition(".")[0], each.operation_id or "-", each.reason) for each in letters]
    return in_columns([("QUEUE", "AGE", "OPERATION", "REASON"), *lines])


def queue_name(queue: str, stage: str) -> str:
    """The name of a stage's queue, as in ``bbws-wp-site-creation-dev``."""
    return f"bbws-wp-site-{queue}-{stage}"


def read(sqs: SQSClient, stage: str) -> list[DeadLetter]:
    """All dead letters of a stage, oldest first; they stay where they are."""
    url = _url(sqs, "operations-dlq", stage)
    letters = sorted(_receive(sqs, url, stage), key=lambda letter: letter.since)
    for letter in letters:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=letter.receipt_handle, VisibilityTimeout=0)
    return letters


def redrive(sqs: SQSClient, stage: str, *, queue: str, operation_id: str | None = None) -> int:
    """Put the dead letters of a queue, or those of one operation, back on it; how many."""
    source, target = _url(sqs, "operations-dlq", stage), _url(sqs, queue, stage)
    put_back = 0
    for letter in list(_receive(sqs, source, stage)):
        if letter.queue != queue or operation_id not in {None, letter.operation_id}:
            sqs.change_message_visibility(QueueUrl=source, ReceiptHandle=letter.receipt_handle, VisibilityTimeout=0)
            continue
        sqs.send_message(QueueUrl=target, MessageBody=letter.body, MessageAttributes=letter.attributes)
        sqs.delete_message(QueueUrl=source, ReceiptHandle=letter.receipt_handle)
        put_back += 1
    return put_back


def _receive(sqs: SQSClient, url: str, stage: str) -> Iterator[DeadLetter]:
    while messages := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=HIDDEN_SECONDS,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["SentTimestamp", "DeadLetterQueueSourceArn"],
    ).get("Messages", []):
        yield from (_letter(message, stage) for message in messages)


def _letter(message: Any, stage: str) -> DeadLetter:
    system, attributes = message.get("Attributes", {}), message.get("MessageAttributes", {})
    said = {name: attribute.get("StringValue", "") for name, attribute in attributes.items()}
    source = said.get("deadLetterSource") or system.get("DeadLetterQueueSourceArn", "").rpartition(":")[2]
    return DeadLetter(
        message_id=message["MessageId"],
        receipt_handle=message["ReceiptHandle"],
        body=message["Body"],
        attributes=attributes,
        queue=next((name for name in QUEUES if source == queue_name(name, stage)), source),
        reason=said.get("deadLetterReason") or NO_REASON,
        since=datetime.fromtimestamp(int(system.get("SentTimestamp", 0)) / 1000, timezone.utc),
        operation_id=said.get("operationId") or _operation_in(message["Body"]),
    )


def _operation_in(body: str) -> str | None:
    try:
        return _Named.model_validate_json(body).operation_id
    except ValidationError:
        return None


def _url(sqs: SQSClient, queue: str, stage: str) -> str:
    return sqs.get_queue_url(QueueName=queue_name(queue, stage))["QueueUrl"]
