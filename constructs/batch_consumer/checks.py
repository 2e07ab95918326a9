"""What a BatchConsumer refuses at synth, each with a sentence that names the mend."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib import import_module
from typing import Any

from aws_cdk import Duration

from constructs.batch_consumer import defaults
from runtime.batch_consumer.consumer import Consumer

MAX_SOURCES = 10
"""SQS's limit on the queues that a dead-letter queue names."""

_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


class ConsumerError(ValueError):
    """A consumer that cannot be deployed as it is written."""


def check_queue_name(name: str) -> None:
    """Raise ConsumerError for what is no name of a standard queue."""
    if not _QUEUE_NAME.fullmatch(name):
        raise ConsumerError(f"{name!r} is no queue name: use up to 80 letters, digits, hyphens and underscores.")


def consumer_named(handler: str, *, queue_name: str) -> Consumer[Any, Any]:
    """Import a consumer; raises ConsumerError for a handler that is none."""
    module, _, name = handler.rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise ConsumerError(f"{queue_name}: the handler {handler!r} does not import ({error}): correct handler=.") from error
    if not isinstance(found, Consumer):
        raise ConsumerError(f"{queue_name}: {handler!r} consumes no messages: decorate it with @consumer.")
    return found


def check_timeout(consumer: Consumer[Any, Any], timeout: Duration, *, queue_name: str) -> None:
    """Raise ConsumerError for a timeout in which records might never be started."""
    seconds = timeout.to_seconds()
    if consumer.seconds > seconds / 2:
        raise ConsumerError(
            f"{queue_name}: a record may need {consumer.seconds:g} s of a timeout of {seconds:g} s, and batches would go round "
            f"without being started: set timeout= to {2 * consumer.seconds:g} s or more, or seconds= of @consumer lower."
        )


def visibility_for(timeout: Duration, wanted: Duration | None, *, queue_name: str) -> Duration:
    """The queue's visibility timeout; raises ConsumerError for one below six times the function's timeout."""
    least = defaults.VISIBILITY_FACTOR * timeout.to_seconds()
    if wanted is not None and wanted.to_seconds() < least:
        raise ConsumerError(
            f"{queue_name}: with a visibility of {wanted.to_seconds():g} s a message could be received again while it is "
            f"worked on: leave visibility= out, or set it to {least:g} s or more."
        )
    return wanted or Duration.seconds(least)


def check_verbs(reads: Collection[object], writes: Collection[object], table: object, *, queue_name: str) -> None:
    """Raise ConsumerError for verbs that lead nowhere."""
    if (reads or writes) and table is None:
        raise ConsumerError(f"{queue_name} reads or writes without a table: pass table=.")


def check_dead_letter_source(queue_name: str, sources: Collection[str]) -> None:
    """Raise ConsumerError for a queue that a dead-letter queue cannot take from."""
    if queue_name in sources:
        raise ConsumerError(f"{queue_name}: another consumer has this queue: give each a queue_name= of its own.")
    if len(sources) >= MAX_SOURCES:
        raise ConsumerError(f"{queue_name}: a dead-letter queue takes from {MAX_SOURCES} queues: give this one another.")
