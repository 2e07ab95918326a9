"""What is counted of operations when they end, carried out or called off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from runtime.observability import emit, logger

if TYPE_CHECKING:
    from runtime.operations.domain import Operation


def measure_end(operation: Operation) -> None:
    """Count an operation that has ended, and how long it took from its acceptance on."""
    seconds = (operation.completed_at - operation.created_at).total_seconds() if operation.completed_at else 0
    logger.info("The operation has ended", status=operation.status.value, duration=seconds)
    emit(
        {"OperationsEnded": (MetricUnit.Count, [1]), "OperationDuration": (MetricUnit.Seconds, [seconds])},
        operationType=operation.operation_type.value,
        outcome=operation.status.value,
    )
