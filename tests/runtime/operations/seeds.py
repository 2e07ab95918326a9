"""Many operations at once, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from runtime.ids import new_id
from runtime.operations.domain import Operation, OperationError, OperationStatus, OperationType, request_operation
from runtime.operations.rows import list_rows, operation_row
from runtime.table.port import Key, Row, key_of
from tests.runtime.fakes import START

TYPES = (
    OperationType.SITE_CREATION,
    OperationType.SITE_UPDATE,
    OperationType.SITE_DELETION,
    OperationType.SITE_UPDATE,
    OperationType.SITE_RESTORE,
)
ENDED = (OperationStatus.COMPLETED, OperationStatus.FAILED, OperationStatus.COMPLETED, OperationStatus.CANCELLED)
ERROR = OperationError(code="WP_001", detail="The database is not there.", retryable=True)


def operations(
    count: int, *, sites: Sequence[str], tenant: str = "acme", pending: bool = False, failed: bool = False
) -> dict[Key, Row]:
    """So many operations on changing sites, of changing types and statuses, each a millisecond younger than the one before."""
    found: dict[Key, Row] = {}
    for number in range(count):
        moment = START - timedelta(days=1) + timedelta(milliseconds=number)
        operation = request_operation(
            operation_id=new_id("op", now=moment, random=f"{number}{tenant}".encode()[:10].ljust(10)),
            operation_type=TYPES[number % len(TYPES)],
            tenant_id=tenant,
            site_id=sites[number % len(sites)],
            steps=("first", "second"),
            input_={"hard": False, "status": "ACTIVE", "statusBefore": "ACTIVE"},
            by="sub",
            correlation_id="seed",
            now=moment,
        )
        status = OperationStatus.PENDING if pending else OperationStatus.FAILED if failed else ENDED[number % len(ENDED)]
        found |= {key_of(row): {"version": 1, **row} for row in _rows(_ended(operation, status))}
    return found


def _ended(operation: Operation, status: OperationStatus) -> Operation:
    if status.is_open:
        return operation
    if status is OperationStatus.CANCELLED:
        return operation.cancelled(operation.created_at)
    claimed = operation.claimed(operation.created_at)
    if status is OperationStatus.FAILED:
        return claimed.failed(operation.created_at, ERROR)
    done = claimed.step_done(operation.created_at, {}).step_done(operation.created_at, {})
    return replace(done.completed(operation.created_at), output={"wordpressVersion": "7.1.1", "phpVersion": "8.2.36"})


def _rows(operation: Operation) -> list[Row]:
    return [operation_row(operation), *list_rows(operation)]
