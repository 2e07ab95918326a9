"""What becomes of a message: the verdict on how its consumption ended, and carrying it out on the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from runtime.batch_consumer.delivery import Delivery
from runtime.batch_consumer.outcomes import BusinessFault, DeadLetter, NotYet, Retry
from runtime.batch_consumer.schedule import LONGEST_DELAY, backoff
from runtime.clock import iso
from runtime.observability import logger


class Outcome(StrEnum):
    """How the consumption of a message ended, as metrics and logs name it."""

    DONE = "DONE"
    BUSINESS_FAULT = "BUSINESS_FAULT"
    NOT_YET = "NOT_YET"
    NO_TIME = "NO_TIME"
    RETRY = "RETRY"
    DEAD_LETTER = "DEAD_LETTER"
    MALFORMED = "MALFORMED"


ACKNOWLEDGED = {Outcome.DONE, Outcome.BUSINESS_FAULT}
"""What the queue need not be told of, and so costs no call and no client."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """An outcome, with the seconds until the message comes again or the reason why it never does."""

    outcome: Outcome
    delay: int = 0
    reason: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


DONE = Verdict(outcome=Outcome.DONE)
NO_TIME = Verdict(outcome=Outcome.NO_TIME)


def malformed(error: ValidationError) -> Verdict:
    """The verdict on a message that does not parse; the reason names what is wrong where, and none of the values."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    reason = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in errors)
    logger.warning("The message is malformed", reason=reason)
    return Verdict(outcome=Outcome.MALFORMED, reason=f"Malformed: {reason}")


def on_fault(fault: Exception, delivery: Delivery[Any]) -> Verdict:
    """The verdict on what a consumer's function raised."""
    match fault:
        case BusinessFault():
            logger.warning("A rule forbids what the message asks", reason=fault.reason)
            return Verdict(outcome=Outcome.BUSINESS_FAULT)
        case NotYet():
            return Verdict(outcome=Outcome.NOT_YET, delay=min(LONGEST_DELAY, max(0, fault.delay)))
        case DeadLetter():
            logger.error("The message is given up", reason=fault.reason, exc_info=fault)
            return Verdict(outcome=Outcome.DEAD_LETTER, reason=fault.reason, attributes=fault.attributes)
        case Retry():
            logger.error("The message failed unexpectedly", attempt=fault.attempt, exc_info=fault)
            return retry(delivery, fault.attempt)
    logger.error("The message failed unexpectedly", attempt=delivery.receive_count, exc_info=fault)
    if delivery.is_last:
        return Verdict(outcome=Outcome.DEAD_LETTER, reason=f"{type(fault).__name__}: {fault}")
    return retry(delivery, delivery.receive_count)


def retry(delivery: Delivery[Any], attempt: int) -> Verdict:
    """Another attempt after the backoff of this one."""
    delay = backoff(attempt, delivery.ports.retry_base_seconds, delivery.ports.entropy)
    return Verdict(outcome=Outcome.RETRY, delay=delay)


def carry_out(verdict: Verdict, delivery: Delivery[Any]) -> bool:
    """Tell the queue; whether the message is acknowledged, which takes it off the queue. Faults of the queue come through."""
    if verdict.outcome in ACKNOWLEDGED:
        return True
    queue = delivery.ports.queue
    match verdict.outcome:
        case Outcome.NOT_YET | Outcome.NO_TIME:
            queue.send(delivery.body, delivery.attributes, delay=verdict.delay)
            return True
        case Outcome.DEAD_LETTER | Outcome.MALFORMED:
            marks = _marks(verdict, delivery)
            # The marks come first, because not all may be kept, and last, because they are newer than those of an earlier run.
            queue.bury(delivery.body, {**marks, **delivery.attributes, **marks})
            return True
    if delivery.is_last:
        # Its function counts otherwise and wants another attempt, for which SQS would not deliver it again.
        queue.send(delivery.body, delivery.attributes, delay=verdict.delay)
        return True
    queue.hide(delivery.receipt_handle, seconds=verdict.delay)
    return False


def _marks(verdict: Verdict, delivery: Delivery[Any]) -> dict[str, str]:
    """What a dead letter says of itself."""
    return {
        "deadLetterReason": verdict.reason,
        "deadLetterAt": iso(delivery.ports.now()),
        "deadLetterSource": delivery.source,
        **verdict.attributes,
    }
