"""Following operations to their end, so that whoever asked for them sees what became of them."""

from __future__ import annotations

from collections.abc import Callable

from ops.operation import operation_named
from runtime.operations.domain import Operation, OperationStatus
from runtime.table.port import Table

LOOK_SECONDS = 2.0


def follow(table: Table, operation_id: str, *, say: Callable[[str], None], pause: Callable[[float], None]) -> Operation:
    """Say every change of an operation until it has ended. Whoever stops following leaves it at work."""
    said = ""
    while True:
        operation = operation_named(table, operation_id)
        told = f"{operation.progress:3} %  {operation.message}"
        if told != said:
            say(told)
            said = told
        if not operation.status.is_open:
            say(ending_of(operation))
            return operation
        pause(LOOK_SECONDS)


def ending_of(operation: Operation) -> str:
    """How an operation ended, in one line."""
    if operation.status is OperationStatus.COMPLETED:
        return f"{operation.operation_id} is COMPLETED"
    again = " and put back" if operation.rolled_back else ""
    return f"{operation.operation_id} is {operation.status}{again}: {operation.error.detail if operation.error else ''}"
