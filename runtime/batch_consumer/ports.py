"""The ports a consumer works through beyond the portal's: its queue and the stage's retry base."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Protocol

from runtime.ports import EnvironmentPorts, Ports, client


class Queue(Protocol):
    """The queue that messages come from, and its dead-letter queue. Faults of SQS come through as they are."""

    def send(self, body: str, attributes: Mapping[str, str], *, delay: int) -> None:
        """Put a message on the queue, to be received ``delay`` seconds (0-900) from now."""
        ...

    def hide(self, receipt_handle: str, *, seconds: int) -> None:
        """Let a received message come back so many seconds from now, unless it is acknowledged."""
        ...

    def bury(self, body: str, attributes: Mapping[str, str]) -> None:
        """Put a message on the dead-letter queue; of more attributes than SQS takes, the first are kept."""
        ...


class ConsumerPorts(Ports, Protocol):
    """What a consumer works through."""

    @property
    def queue(self) -> Queue:
        """The queue that this function consumes."""
        ...

    @property
    def retry_base_seconds(self) -> int:
        """The stage's wait before the second attempt, in seconds."""
        ...


class EnvironmentConsumerPorts(EnvironmentPorts):
    """A consumer's ports on AWS."""

    @property
    def queue(self) -> Queue:
        """The queue QUEUE_URL, with the dead-letter queue DEAD_LETTER_QUEUE_URL."""
        from runtime.batch_consumer.sqs import SqsQueue

        return SqsQueue(client("sqs"), os.environ["QUEUE_URL"], os.environ["DEAD_LETTER_QUEUE_URL"])

    @property
    def retry_base_seconds(self) -> int:
        """The stage's, from RETRY_BASE_SECONDS."""
        return int(os.environ["RETRY_BASE_SECONDS"])


@cache
def environment_consumer_ports() -> EnvironmentConsumerPorts:
    """The function's ports, one set for the life of its execution environment."""
    return EnvironmentConsumerPorts()
