"""The consumers of the three queues of operations on sites."""

from __future__ import annotations

from runtime.batch_consumer.consumer import Delivery, consumer
from runtime.operations.messages import OperationMessage
from runtime.operations.ports import OperationPorts, environment_operation_ports
from runtime.operations.worker import STEP_SECONDS, Worker
from runtime.sites.workflows import WORKFLOWS


@consumer(model=OperationMessage, seconds=STEP_SECONDS, ports=environment_operation_ports)
def creation(message: OperationMessage, delivery: Delivery[OperationPorts]) -> None:
    """Create sites."""
    _carry_out(message, delivery)


@consumer(model=OperationMessage, seconds=STEP_SECONDS, ports=environment_operation_ports)
def update(message: OperationMessage, delivery: Delivery[OperationPorts]) -> None:
    """Change sites: their settings, and whether they are online."""
    _carry_out(message, delivery)


@consumer(model=OperationMessage, seconds=STEP_SECONDS, ports=environment_operation_ports)
def deletion(message: OperationMessage, delivery: Delivery[OperationPorts]) -> None:
    """Delete sites."""
    _carry_out(message, delivery)


def _carry_out(message: OperationMessage, delivery: Delivery[OperationPorts]) -> None:
    Worker(WORKFLOWS, delivery.ports).carry_out(message, delivery)
