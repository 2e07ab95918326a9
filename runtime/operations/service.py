"""What the operation endpoints do: read, call off, try again, each in one unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from runtime.hateoas_endpoint.preconditions import require_match
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.operations.domain import Operation, OperationStatus
from runtime.operations.ledger import take_sites_up, write_ended, write_reopened
from runtime.operations.rows import MAX_UNFINISHED, existing_operation, list_query, operation_from, operation_key
from runtime.operations.steering import may_steer
from runtime.sites.rows import site_from, site_key
from runtime.sites.workflows import WORKFLOWS
from runtime.table.port import Key, Row, Table
from runtime.table.unit import Unit
from runtime.tenants.rows import tenant_from, tenant_key


def read(table: Table, operation_id: str, principal: Principal) -> Operation:
    """One operation of a tenant that the caller may enter; any other is OP_001, whether or not it exists."""
    return _own(table.get([operation_key(operation_id)])[0], principal)


def read_page(
    table: Table, tenant_ids: Sequence[str], *, filters: Mapping[str, str], size: int, after: str | None
) -> tuple[list[Operation], str | None]:
    """A page of the operations of some tenants, newest first, and the position after which the next one begins."""
    status = OperationStatus(filters["status"]) if "status" in filters else None
    whole = status is not None and status.is_open
    limit = MAX_UNFINISHED if whole else size + 1
    queries = [list_query(tenant_id, filters, limit=limit, after=after) for tenant_id in tenant_ids]
    found = sorted((row["operationId"] for query in queries for row in table.query(query)), reverse=True)
    rows = table.get([operation_key(operation_id) for operation_id in (found if whole else found[:size])]) if found else []
    operations = [operation_from(row) for row in rows if row]
    if whole:
        operations = [operation for operation in operations if operation.status is status]
        found = [operation.operation_id for operation in operations]
    return operations[:size], found[size - 1] if len(found) > size else None


def retry_refusals(table: Table, operations: Sequence[Operation], now: datetime) -> dict[str, BusinessException | None]:
    """What forbids to try each of these operations again; of those that may be retried it is seen in site and tenant."""
    refusals = {operation.operation_id: operation.retry_refusal() for operation in operations}
    asked = [operation for operation in operations if refusals[operation.operation_id] is None]
    keys = list(dict.fromkeys(key for operation in asked for key in _beside(operation)))
    rows = dict(zip(keys, table.get(keys), strict=True)) if keys else {}
    for operation in asked:
        *site_rows, tenant_row = (rows[key] for key in _beside(operation))
        refusals[operation.operation_id] = _reopen_refusal(operation, site_rows, tenant_row, now)
    return refusals


def cancel(unit: Unit, *, operation_id: str, principal: Principal, if_match: str | None, now: datetime) -> Operation:
    """Call an operation off before it begins. Allowed in a tenant that is not active."""
    operation = _own_to_change(unit, operation_id, principal, if_match)
    cancelled = operation.cancelled(now)
    WORKFLOWS[operation.operation_type].settle(unit, cancelled, now)
    write_ended(unit, cancelled, now)
    return cancelled


def retry(unit: Unit, *, operation_id: str, principal: Principal, if_match: str | None, now: datetime) -> Operation:
    """Try a failed operation again, from the step on that failed."""
    operation = _own_to_change(unit, operation_id, principal, if_match)
    reopened = operation.reopened(now)
    take_sites_up(unit, operation, WORKFLOWS[operation.operation_type], now)
    write_reopened(unit, reopened, now)
    return reopened


def _own(row: Row | None, principal: Principal) -> Operation:
    operation = existing_operation(row)
    if principal.role_in(operation.tenant_id) is None:
        return existing_operation(None)
    return operation


def _own_to_change(unit: Unit, operation_id: str, principal: Principal, if_match: str | None) -> Operation:
    operation = _own(unit.get(operation_key(operation_id))[0], principal)
    if not may_steer(operation, principal):
        raise BusinessException(Code.FORBIDDEN, "This takes an administrator, or whoever started the operation.")
    require_match(if_match, version=operation.version, since=operation.decided_version)
    return operation


def _beside(operation: Operation) -> tuple[Key, ...]:
    sites = (site_key(operation.tenant_id, site_id) for site_id in operation.site_ids)
    return (*sites, tenant_key(operation.tenant_id))


def _reopen_refusal(
    operation: Operation, site_rows: Sequence[Row | None], tenant_row: Row | None, now: datetime
) -> BusinessException | None:
    if tenant_row is None or None in site_rows:
        return BusinessException(Code.SITE_002, "The site of this operation is gone.")
    workflow, tenant = WORKFLOWS[operation.operation_type], tenant_from(tenant_row)
    refusals = (workflow.reopen_refusal(site_from(row), operation, tenant, now) for row in site_rows if row)
    return next(filter(None, refusals), None)
