"""The Lambda handler around a consumer's function: Powertools' batch processor, logger, tracer and metrics.

``@consumer(model=OperationMessage, seconds=20)`` turns ``def consume(message, delivery) -> None`` into the handler of a queue's
Lambda. The function sees one parsed message at a time, and none that it has no time for; what it raises says what becomes of
the message (see :mod:`runtime.batch_consumer.outcomes`). Whatever becomes of one, its neighbours in the batch do not notice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from pydantic import ValidationError

from runtime.batch_consumer.delivery import Delivery, P, delivery_of
from runtime.batch_consumer.message import QueueMessage
from runtime.batch_consumer.ports import ConsumerPorts, environment_consumer_ports
from runtime.batch_consumer.verdict import DONE, NO_TIME, Outcome, Verdict, carry_out, malformed, on_fault
from runtime.observability import emit, logger
from runtime.tracing import Traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["Consumer", "Delivery", "consumer"]

M = TypeVar("M", bound=QueueMessage)
Function = Callable[[M, Delivery[P]], None]

MARGIN_SECONDS = 5
"""What is left after a record to tell the queue what became of it."""

LOGGED = {
    "correlation_id": "correlationId",
    "tenant_id": "tenantId",
    "site_id": "siteId",
    "operation_id": "operationId",
}


class ComesBack(Exception):
    """Tells the batch processor that a message is not acknowledged."""


@overload
def consumer(*, model: type[M], seconds: float) -> Callable[[Function[M, ConsumerPorts]], Consumer[M, ConsumerPorts]]: ...
@overload
def consumer(*, model: type[M], seconds: float, ports: Callable[[], P]) -> Callable[[Function[M, P]], Consumer[M, P]]: ...
def consumer(*, model: Any, seconds: float, ports: Any = environment_consumer_ports) -> Any:
    """Make a function the handler of a queue.

    ``model`` is what its messages are parsed to. ``seconds`` is what one of them may need: none is started with less time left.
    ``ports`` gives what the function works through, when that is more than every consumer has.
    """
    return lambda function: Consumer(function, model=model, seconds=seconds, ports=ports)


class Consumer(Generic[M, P]):
    """A queue's Lambda handler; ``answer`` is the same with the ports given, for tests and in-process use."""

    def __init__(self, function: Function[M, P], *, model: type[M], seconds: float, ports: Callable[[], P]) -> None:
        self.name = function.__name__
        self.model = model
        self.seconds = seconds
        self.__doc__ = function.__doc__
        self.summary = (function.__doc__ or self.name).strip().partition("\n")[0]
        self._function = function
        self._ports = ports
        self._logged = [(name, key) for name, key in LOGGED.items() if name in model.model_fields]
        self._processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Consume the records of an SQS event."""
        return self.answer(event, context, self._ports())

    def answer(self, event: dict[str, Any], context: LambdaContext, ports: P) -> dict[str, Any]:
        """Consume with the ports given; the answer names the records that are to come back."""
        durations: defaultdict[Outcome, list[float]] = defaultdict(list)
        traced = Traced(self.name)

        def consume(record: SQSRecord) -> None:
            started = time.perf_counter()
            delivery = delivery_of(record.raw_event, ports, context)
            with traced:
                outcome, acknowledged = self._consume(delivery, context.aws_request_id)
            milliseconds = round((time.perf_counter() - started) * 1000, 3)
            logger.info("consumed", outcome=outcome.value, duration=milliseconds)
            durations[outcome].append(milliseconds)
            if not acknowledged:
                raise ComesBack

        with self._processor(records=event["Records"], handler=consume):
            self._processor.process()
        self._measure(durations)
        return dict(self._processor.response())

    def _consume(self, delivery: Delivery[P], request_id: str) -> tuple[Outcome, bool]:
        """Consume one message; the outcome, and whether it is acknowledged."""
        verdict = self._verdict(delivery, request_id)
        try:
            return verdict.outcome, carry_out(verdict, delivery)
        except Exception:
            # The message comes back when its visibility timeout ends.
            logger.exception("The queue could not be told what became of the message", outcome=verdict.outcome.value)
            return Outcome.RETRY, False

    def _verdict(self, delivery: Delivery[P], request_id: str) -> Verdict:
        logged: dict[str, Any] = {
            "requestId": request_id,
            "consumer": self.name,
            "messageId": delivery.message_id,
            "receiveCount": delivery.receive_count,
        }
        try:
            message = self.model.model_validate_json(delivery.body)
        except ValidationError as error:
            logger.structure_logs(**logged)
            return malformed(error)
        # Unlike append_keys, this forgets what was logged with the record before.
        logger.structure_logs(**logged, **{key: getattr(message, name) for name, key in self._logged})
        if delivery.remaining_seconds() < self.seconds + MARGIN_SECONDS:
            return NO_TIME
        try:
            self._function(message, delivery)
        except Exception as fault:  # noqa: BLE001 - the verdict logs it
            return on_fault(fault, delivery)
        return DONE

    def _measure(self, durations: Mapping[Outcome, list[float]]) -> None:
        """Emit the batch's metrics by outcome; one line for each record would cost more than all the rest."""
        for outcome, milliseconds in durations.items():
            emit(
                {
                    "Records": (MetricUnit.Count, [len(milliseconds)]),
                    "RecordDuration": (MetricUnit.Milliseconds, milliseconds),
                },
                consumer=self.name,
                outcome=outcome.value,
            )
