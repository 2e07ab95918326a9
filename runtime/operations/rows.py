"""How operations lie in the table: the operation, what the sweeper finds it by, and its places in eight exact lists.

A list of operations may be narrowed by status, site and type in any combination, and every page has to be exact. So an
operation has a place in each of the eight lists: one on its own row, the others on four rows that hold nothing else, two lists
each, because a row has two index keys. Unfinished operations of a tenant are at most 20, so PENDING and IN_PROGRESS share the
lists of ``OPEN``: those are read whole, and a claim changes no list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zlib import crc32

from runtime.clock import iso, parse_iso
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.operations.domain import (
    KEPT,
    Operation,
    OperationError,
    OperationStatus,
    OperationType,
    Step,
    StepStatus,
)
from runtime.table.port import BOTTOM, Index, Key, Query, Row, end_of

SHARDS = 4
"""The sweeper's partitions: one partition takes 1,000 writes a second."""

MAX_UNFINISHED = 20
OPEN = "OPEN"
FILTERS = ("status", "siteId", "operationType")
_LISTS = (
    (("siteId",), ("operationType",)),
    (("siteId", "operationType"), ("status",)),
    (("status", "siteId"), ("status", "operationType")),
    (("status", "siteId", "operationType"),),
)
"""The lists beside that of all a tenant's operations, by the filters that make them, two to a row."""


def operation_key(operation_id: str) -> Key:
    """The key of an operation."""
    return Key(f"OPERATION#{operation_id}", "OPERATION")


def unfinished_key(tenant_id: str) -> Key:
    """The key of the count of a tenant's unfinished operations."""
    return Key(f"TENANT#{tenant_id}", "UNFINISHED")


def operation_row(operation: Operation) -> Row:
    """Write an operation. Names here are those of documents; what documents do not show follows at the end."""
    row: Row = {
        **operation_key(operation.operation_id).as_row(),
        "GSI2PK": _partition(operation.tenant_id, {}),
        "GSI2SK": operation.operation_id,
        "entityType": "OPERATION",
        "operationId": operation.operation_id,
        "tenantId": operation.tenant_id,
        "siteId": operation.site_id,
        "operationType": operation.operation_type.value,
        "status": operation.status.value,
        "progress": operation.progress,
        "message": operation.message,
        "steps": [_step_row(step) for step in operation.steps],
        "attempts": operation.attempts,
        "createdAt": iso(operation.created_at),
        "createdBy": operation.created_by,
        "correlationId": operation.correlation_id,
        "input": dict(operation.input),
        "output": dict(operation.output),
        "run": operation.run,
        "beginning": operation.beginning,
        "fence": operation.fence,
        "version": operation.version,
        "decidedVersion": operation.decided_version,
    }
    moments = {
        "startedAt": operation.started_at,
        "completedAt": operation.completed_at,
        "leasedUntil": operation.leased_until,
        "resumeAt": operation.resume_at,
        "dueAt": operation.due_at,
    }
    row |= {name: iso(moment) for name, moment in moments.items() if moment}
    for name, error in (("error", operation.error), ("undoing", operation.undoing)):
        if error:
            row[name] = {"code": error.code, "detail": error.detail, "retryable": error.retryable}
    if operation.rolled_back is not None:
        row["rolledBack"] = operation.rolled_back
    if operation.due_at:
        row["GSI1PK"] = due_partition(crc32(operation.operation_id.encode()) % SHARDS)
        row["GSI1SK"] = f"{iso(operation.due_at)}#{operation.operation_id}"
    return row | _expiry(operation)


def list_rows(operation: Operation) -> Iterator[Row]:
    """Write an operation's places in the narrowed lists; they change when it begins to be open and when it ends."""
    values = {
        "status": _status_list(operation.status),
        "siteId": operation.site_id,
        "operationType": operation.operation_type.value,
    }
    for number, lists in enumerate(_LISTS):
        row: Row = {
            **Key(f"OPERATION#{operation.operation_id}", f"LIST#{number}").as_row(),
            "entityType": "OPERATION_LIST",
            "operationId": operation.operation_id,
            "version": operation.version,
        }
        for index, names in zip(("GSI1", "GSI2"), lists, strict=False):
            row[f"{index}PK"] = _partition(operation.tenant_id, {name: values[name] for name in names})
            row[f"{index}SK"] = operation.operation_id
        yield row | _expiry(operation)


def operation_from(row: Row) -> Operation:
    """Read an operation."""
    return Operation(
        operation_id=row["operationId"],
        tenant_id=row["tenantId"],
        site_id=row["siteId"],
        operation_type=OperationType(row["operationType"]),
        steps=tuple(_step_from(step) for step in row["steps"]),
        input=row["input"],
        created_at=parse_iso(row["createdAt"]),
        created_by=row["createdBy"],
        correlation_id=row["correlationId"],
        status=OperationStatus(row["status"]),
        message=row["message"],
        progress=row["progress"],
        output=row["output"],
        error=OperationError(**row["error"]) if "error" in row else None,
        undoing=OperationError(**row["undoing"]) if "undoing" in row else None,
        attempts=row["attempts"],
        run=row["run"],
        beginning=row["beginning"] if "beginning" in row else row["run"],
        fence=row["fence"],
        leased_until=_moment(row, "leasedUntil"),
        resume_at=_moment(row, "resumeAt"),
        due_at=_moment(row, "dueAt"),
        started_at=_moment(row, "startedAt"),
        completed_at=_moment(row, "completedAt"),
        rolled_back=row.get("rolledBack"),
        version=row["version"],
        decided_version=row["decidedVersion"],
    )


def existing_operation(row: Row | None) -> Operation:
    """Read an operation that must be there; OP_001 when it is not."""
    if row is None:
        raise BusinessException(Code.OP_001, "There is no such operation.")
    return operation_from(row)


def list_query(tenant_id: str, filters: Mapping[str, str], *, limit: int, after: str | None) -> Query:
    """The query of one page of a tenant's operations, newest first; its rows name operations."""
    values = dict(filters)
    if "status" in values:
        values["status"] = _status_list(OperationStatus(values["status"]))
    named = tuple(name for name in FILTERS if name in values)
    index = next(
        (index for lists in _LISTS for index, names in zip((Index.GSI1, Index.GSI2), lists, strict=False) if names == named),
        Index.GSI2,
    )
    partition = _partition(tenant_id, values)
    return Query(partition=partition, low=BOTTOM, high=end_of("op-"), limit=limit, after=after, index=index)


def due_query(shard: int, now: datetime, *, limit: int) -> Query:
    """The query of the operations of a shard that the sweeper has to look after, longest overdue first."""
    high = end_of(iso(now))
    return Query(partition=due_partition(shard), low=BOTTOM, high=high, limit=limit, index=Index.GSI1, descending=False)


def due_partition(shard: int) -> str:
    """The partition in which a shard's unfinished operations lie by the time they are due."""
    return f"OPERATION#DUE#{shard}"


def _partition(tenant_id: str, filters: Mapping[str, str]) -> str:
    return "#".join([f"TENANT#{tenant_id}#OPERATIONS", *(f"{name}={filters[name]}" for name in FILTERS if name in filters)])


def _status_list(status: OperationStatus) -> str:
    return OPEN if status.is_open else status.value


def _expiry(operation: Operation) -> Row:
    return {"ttl": int((operation.completed_at + KEPT).timestamp())} if operation.completed_at else {}


def _step_row(step: Step) -> Row:
    row: Row = {"name": step.name, "status": step.status.value, "attempts": step.attempts, "pastJobs": step.past_jobs}
    optional: dict[str, Any] = {
        "startedAt": step.started_at and iso(step.started_at),
        "endedAt": step.ended_at and iso(step.ended_at),
        "jobHandle": step.job_handle,
        "jobStartedAt": step.job_started_at and iso(step.job_started_at),
        "jobLog": step.job_log,
        "undoes": step.undoes or None,
    }
    return row | {name: value for name, value in optional.items() if value is not None}


def _step_from(row: Row) -> Step:
    return Step(
        name=row["name"],
        status=StepStatus(row["status"]),
        started_at=_moment(row, "startedAt"),
        ended_at=_moment(row, "endedAt"),
        attempts=row["attempts"],
        past_jobs=row["pastJobs"],
        job_handle=row.get("jobHandle"),
        job_started_at=_moment(row, "jobStartedAt"),
        job_log=row.get("jobLog"),
        undoes=row.get("undoes", False),
    )


def _moment(row: Row, name: str) -> datetime | None:
    return parse_iso(row[name]) if name in row else None
