"""One delivery of a message: what its queue says of it, as far as a consumer may want to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from typing_extensions import TypeVar

from runtime.batch_consumer.ports import ConsumerPorts
from runtime.batch_consumer.schedule import MAX_RECEIVES

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

P = TypeVar("P", bound=ConsumerPorts, default=ConsumerPorts)


@dataclass(frozen=True, kw_only=True)
class Delivery(Generic[P]):
    """A message as it was received.

    ``receive_count`` is 1 at first. ``attributes`` are the message's attributes that are text; they go along wherever the
    message goes. ``source`` is the name of its queue. ``remaining_seconds()`` is how long the function may still run.
    """

    message_id: str
    receipt_handle: str
    receive_count: int
    source: str
    body: str
    attributes: Mapping[str, str]
    ports: P
    remaining_seconds: Callable[[], float]

    @property
    def is_last(self) -> bool:
        """Whether SQS would not deliver it again."""
        return self.receive_count >= MAX_RECEIVES


def delivery_of(record: dict[str, Any], ports: P, context: LambdaContext) -> Delivery[P]:
    """Read a record of an SQS event."""
    attributes = {name: attribute.get("stringValue") for name, attribute in record.get("messageAttributes", {}).items()}
    return Delivery(
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
        source=record["eventSourceARN"].rpartition(":")[2],
        body=record["body"],
        attributes={name: value for name, value in attributes.items() if value is not None},
        ports=ports,
        remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
    )
