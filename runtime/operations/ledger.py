"""What is written together when an operation is accepted, ends or is tried again, so that no part is ever there alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runtime.hateoas_endpoint.problem import BusinessException, Code, retry_after
from runtime.ids import RANDOM_BYTES, new_id
from runtime.operations.domain import Operation, OperationType, request_operation
from runtime.operations.rows import MAX_UNFINISHED, list_rows, operation_row, unfinished_key
from runtime.outbox.entries import event_entry, message_entry
from runtime.sites.rows import existing_site, site_key, site_row
from runtime.table.port import Expectation
from runtime.table.unit import Unit
from runtime.tenants.rows import existing_tenant, tenant_key

if TYPE_CHECKING:
    from runtime.operations.workflow import Workflow
    from runtime.ports import Ports

UNFINISHED_RETRY_SECONDS = 30


def new_operation(
    ports: Ports,
    operation_type: OperationType,
    *,
    tenant_id: str,
    site_id: str,
    steps: tuple[str, ...],
    input_: Mapping[str, Any],
    by: str,
    correlation_id: str,
    now: datetime,
) -> Operation:
    """An operation with an id of its own, not yet written."""
    return request_operation(
        operation_id=new_id("op", now=now, random=ports.entropy(RANDOM_BYTES)),
        operation_type=operation_type,
        tenant_id=tenant_id,
        site_id=site_id,
        steps=steps,
        input_=input_,
        by=by,
        correlation_id=correlation_id,
        now=now,
    )


def write_accepted(unit: Unit, operation: Operation, now: datetime) -> None:
    """A new operation, its place in the lists and among the unfinished, and the message that starts it."""
    unit.put(operation_row(operation))
    _write_opened(unit, operation)
    unit.put(message_entry(operation, now))


def write_reopened(unit: Unit, operation: Operation, now: datetime) -> None:
    """An operation that was read in this unit and is pending again."""
    write_taken_up(unit, operation)
    unit.put(message_entry(operation, now))


def write_taken_up(unit: Unit, operation: Operation) -> None:
    """An operation that was read in this unit, had ended, and whose message is at hand already."""
    unit.put(operation_row(operation))
    _write_opened(unit, operation)


def write_ended(
    unit: Unit, operation: Operation, now: datetime, *, expect: Expectation | None = None, refusal: Exception | None = None
) -> None:
    """An operation that has ended, if it is as read or as ``expect`` says, and the event that tells of it."""
    unit.put(operation_row(operation), expect=expect, refusal=refusal)
    for row in list_rows(operation):
        unit.put(row, expect={})
    unit.decrement(unfinished_key(operation.tenant_id), "unfinished")
    unit.put(event_entry(operation, now))


def take_sites_up(unit: Unit, operation: Operation, workflow: Workflow, now: datetime) -> None:
    """Lock the sites of a failed operation that is at work on them again; raises what in them or their tenant forbids that."""
    keys = [site_key(operation.tenant_id, site_id) for site_id in operation.site_ids]
    *rows, tenant_row = unit.get(*keys, tenant_key(operation.tenant_id))
    tenant = existing_tenant(tenant_row)
    for row in rows:
        site = existing_site(row)
        if refusal := workflow.reopen_refusal(site, operation, tenant, now):
            raise refusal
        unit.put(site_row(workflow.reopened(site, operation, now)))


def _write_opened(unit: Unit, operation: Operation) -> None:
    for row in list_rows(operation):
        unit.put(row, expect={})
    refusal = BusinessException(
        Code.RATE_LIMITED,
        f"A tenant can have {MAX_UNFINISHED} unfinished operations.",
        headers=retry_after(UNFINISHED_RETRY_SECONDS),
    )
    assign = {"entityType": "UNFINISHED", "tenantId": operation.tenant_id}
    key = unfinished_key(operation.tenant_id)
    unit.increment(key, "unfinished", below=MAX_UNFINISHED, assign=assign, refusal=refusal)
