"""What a request about sites or operations costs in calls of DynamoDB, recorded at botocore on the real adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from runtime.operations import handlers as operations
from runtime.sites import handlers
from tests.runtime.dynamo import DynamoPorts, recorded_table
from tests.runtime.fakes import Answer, call, claims
from tests.runtime.operations.seeds import operations as seeded
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import VIEWER, accepted, break_jobs, carried_out, site_deleted_softly, update
from tests.runtime.sites.seeds import sites

READ, READS, LIST, WRITE = "GetItem", "BatchGetItem", "Query", "TransactWriteItems"
KEY = {"Idempotency-Key": "new"}
NEW = {"siteName": "New", "subdomain": "new-shop", "environment": "DEV"}


@dataclass(frozen=True)
class Known:
    """What the tests ask about."""

    free: str
    busy: str
    deleted: str
    pending: str
    failed: str


def world() -> tuple[OperationWorld, Known]:
    """A tenant with a free, a busy and a deleted site, and a pending and a failed operation."""
    world = OperationWorld()
    deleted, free, busy = site_deleted_softly(world), site_made(world), site_made(world)
    break_jobs(world)
    failed = carried_out(world, create_site(world))
    pending = accepted(update(world, busy, siteName="Other"))
    assert create_site(world, body=NEW | {"subdomain": "used"}, headers={"Idempotency-Key": "used"}).status == 202
    world.table.rows |= sites(120, tenant="many") | seeded(120, sites=["site-a", "site-b"], tenant="many", failed=True)
    return world, Known(free=free, busy=busy, deleted=deleted, pending=pending, failed=failed)


def on_site(endpoint: Any, ports: DynamoPorts, site_id: str, **options: Any) -> Answer:
    return call(endpoint, ports, parameters={"tenantId": "acme", "siteId": site_id}, **options)


def on_operation(endpoint: Any, ports: DynamoPorts, operation_id: str, **options: Any) -> Answer:
    return call(endpoint, ports, parameters={"operationId": operation_id}, **options)


def listed(endpoint: Any, ports: DynamoPorts, query: str, **options: Any) -> Answer:
    return call(endpoint, ports, parameters={"tenantId": "acme"}, query=query, **options)


def creating(ports: DynamoPorts, **options: Any) -> Answer:
    return call(handlers.create, ports, parameters={"tenantId": "acme"}, **{"body": NEW, **options})


MANY = claims(tenant_ids="many")
Asking = Callable[[DynamoPorts, Known], Answer]
COSTS: dict[str, tuple[list[str], Asking]] = {
    "ListSites": ([READ, LIST], lambda ports, _: listed(handlers.list_sites, ports, "")),
    "ListSites (by environment)": ([READ, LIST], lambda ports, _: listed(handlers.list_sites, ports, "environment=DEV")),
    "ListSites (by both)": ([READ, LIST], lambda ports, _: listed(handlers.list_sites, ports, "environment=DEV&status=ACTIVE")),
    "ListSites (by status)": ([READ] + [LIST] * 3, lambda ports, _: listed(handlers.list_sites, ports, "status=ACTIVE")),
    "CreateSite": ([READS, WRITE], lambda ports, _: creating(ports)),
    "CreateSite (with key)": ([READS, WRITE], lambda ports, _: creating(ports, headers=KEY)),
    "CreateSite (replayed)": (
        [READS],
        lambda ports, _: creating(ports, body=NEW | {"subdomain": "used"}, headers={"Idempotency-Key": "used"}),
    ),
    "CreateSite (subdomain taken)": ([READS], lambda ports, _: creating(ports, body=NEW | {"subdomain": "used"})),
    "GetSite": ([READS], lambda ports, known: on_site(handlers.get, ports, known.free)),
    "UpdateSite": ([READS, WRITE], lambda ports, known: on_site(handlers.update, ports, known.free, body={"siteName": "X"})),
    "UpdateSite (so already)": (
        [READS],
        lambda ports, known: on_site(handlers.update, ports, known.free, body={"status": "ACTIVE"}),
    ),
    "UpdateSite (busy)": ([READS], lambda ports, known: on_site(handlers.update, ports, known.busy, body={"siteName": "X"})),
    "DeleteSite": ([READS, WRITE], lambda ports, known: on_site(handlers.delete, ports, known.free)),
    "RestoreSite": ([READS, WRITE], lambda ports, known: on_site(handlers.restore, ports, known.deleted)),
    "RestoreSite (with key)": (
        [READS, WRITE],
        lambda ports, known: on_site(handlers.restore, ports, known.deleted, headers=KEY),
    ),
    "ListOperations": ([LIST, READS, READS], lambda ports, _: listed(operations.list_operations, ports, "")),
    "ListOperations (by three filters)": (
        [LIST, READ],
        lambda ports, known: listed(
            operations.list_operations, ports, f"status=PENDING&siteId={known.busy}&operationType=SITE_UPDATE"
        ),
    ),
    "ListOperations (of three tenants)": (
        [LIST] * 3 + [READS] * 2,
        lambda ports, _: listed(operations.list_operations, ports, "", caller=claims(tenant_ids="acme,globex,third")),
    ),
    "ListOperations (a hundred)": (
        [LIST, READS, READS],
        lambda ports, _: listed(operations.list_operations, ports, "pageSize=100", caller=MANY),
    ),
    "ListOperations (none)": ([LIST], lambda ports, _: listed(operations.list_operations, ports, "status=CANCELLED")),
    "GetOperation": ([READ], lambda ports, known: on_operation(operations.get, ports, known.pending)),
    "GetOperation (failed)": ([READ, READS], lambda ports, known: on_operation(operations.get, ports, known.failed)),
    "CancelOperation": ([READ, READ, WRITE], lambda ports, known: on_operation(operations.cancel, ports, known.pending)),
    "CancelOperation (with key)": (
        [READS, READ, WRITE],
        lambda ports, known: on_operation(operations.cancel, ports, known.pending, headers=KEY),
    ),
    "RetryOperation": ([READ, READS, WRITE], lambda ports, known: on_operation(operations.retry, ports, known.failed)),
    "RetryOperation (with key)": (
        [READS, READS, WRITE],
        lambda ports, known: on_operation(operations.retry, ports, known.failed, headers=KEY),
    ),
    "a role refused": ([], lambda ports, known: on_site(handlers.delete, ports, known.free, caller=VIEWER)),
    "a body refused": ([], lambda ports, _: creating(ports, body={})),
}


@pytest.mark.parametrize(("calls", "asking"), COSTS.values(), ids=COSTS)
def test_a_request_costs_these_calls_of_dynamodb_and_no_other(calls: list[str], asking: Asking) -> None:
    memory, known = world()
    with recorded_table() as table:
        table.load_from(memory.table)
        ports = DynamoPorts(table=table.table, clock=memory.clock, drawn=1000)

        answer = asking(ports, known)

    assert answer.status < 500, answer.text
    assert table.calls == calls
