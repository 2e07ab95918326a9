"""SQS in memory: delays, visibility, receives and redrive by the clock of the ports, and Lambda's mapping on top of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

from runtime.batch_consumer.consumer import Consumer
from tests.runtime.fakes import FakePorts

BATCH = 10
VISIBILITY = timedelta(seconds=900)
MAX_RECEIVES = 3
SOURCE = "bbws-wp-site-creation-test"


@dataclass
class Letter:
    """A message in a queue; ``redriven`` says that SQS moved it, not the consumer."""

    body: str
    attributes: dict[str, str]
    visible_at: datetime
    message_id: str
    receives: int = 0
    redriven: bool = False

    @property
    def record(self) -> dict[str, Any]:
        """The message as Lambda is given it."""
        return {
            "messageId": self.message_id,
            "receiptHandle": f"{self.message_id}/{self.receives}",
            "body": self.body,
            "attributes": {"ApproximateReceiveCount": str(self.receives), "SentTimestamp": "0"},
            "messageAttributes": {
                name: {"stringValue": value, "dataType": "String"} for name, value in self.attributes.items()
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:eu-west-1:111111111111:{SOURCE}",
            "awsRegion": "eu-west-1",
        }


class BrokenQueue(Exception):
    """What a broken queue raises."""


class InMemoryQueue:
    """A queue and its dead letters; what ``broken`` names (send, hide, bury) fails."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = count(1)
        self.letters: list[Letter] = []
        self.dead: list[Letter] = []
        self.broken: set[str] = set()

    def send(self, body: str, attributes: Mapping[str, str], *, delay: int) -> None:
        assert 0 <= delay <= 900, "SQS delays a message by at most 900 seconds"
        self._fail("send")
        self.letters.append(self._letter(body, attributes, delay))

    def hide(self, receipt_handle: str, *, seconds: int) -> None:
        self._fail("hide")
        (letter,) = (letter for letter in self.letters if letter.record["receiptHandle"] == receipt_handle)
        letter.visible_at = self._now() + timedelta(seconds=seconds)

    def bury(self, body: str, attributes: Mapping[str, str]) -> None:
        self._fail("bury")
        self.dead.append(self._letter(body, attributes, 0))

    def receive(self) -> list[Letter]:
        """The next batch; what was received too often goes to the dead letters instead."""
        due = [letter for letter in self.letters if letter.visible_at <= self._now()]
        for letter in [letter for letter in due if letter.receives >= MAX_RECEIVES]:
            letter.redriven = True
            self.dead.append(letter)
            self.letters.remove(letter)
        batch = [letter for letter in due if not letter.redriven][:BATCH]
        for letter in batch:
            letter.receives += 1
            letter.visible_at = self._now() + VISIBILITY
        return batch

    def acknowledge(self, batch: list[Letter], answer: Mapping[str, Any]) -> None:
        """Do as Lambda's mapping does: take off the queue what the answer does not name."""
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for letter in batch:
            if letter.message_id not in failed:
                self.letters.remove(letter)

    def _letter(self, body: str, attributes: Mapping[str, str], delay: int) -> Letter:
        due = self._now() + timedelta(seconds=delay)
        return Letter(body=body, attributes=dict(attributes), visible_at=due, message_id=f"message-{next(self._numbers)}")

    def _fail(self, call: str) -> None:
        if call in self.broken:
            raise BrokenQueue(call)


@dataclass
class QueuePorts(FakePorts):
    """The ports of a consumer, in memory."""

    retry_base_seconds: int = 60
    queue: InMemoryQueue = field(init=False)

    def __post_init__(self) -> None:
        self.queue = InMemoryQueue(self.now)


def lambda_context(remaining: float | Callable[[], float] = 150) -> Any:
    """What Lambda tells a function of its invocation."""
    left = remaining if callable(remaining) else lambda: remaining
    return SimpleNamespace(aws_request_id="request-1", get_remaining_time_in_millis=lambda: int(left() * 1000))


def deliver(consumer: Consumer[Any, Any], ports: Any, *, remaining: float | Callable[[], float] = 150) -> int:
    """Let Lambda receive one batch and call the consumer with it; how many records there were."""
    batch = ports.queue.receive()
    if batch:
        answer = consumer.answer({"Records": [letter.record for letter in batch]}, lambda_context(remaining), ports)
        ports.queue.acknowledge(batch, answer)
    return len(batch)


def body(**members: Any) -> str:
    """A message's body; members given as None are left out."""
    message = {
        "schemaVersion": 1,
        "messageType": "TEST",
        "correlationId": "correlation-1",
        "timestamp": "2026-11-23T09:30:15.250Z",
        "payload": {},
    }
    return json.dumps({name: value for name, value in {**message, **members}.items() if value is not None})
