"""What a request about sites or operations costs in calls of DynamoDB, recorded at botocore on the real adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from runtime.operations import handlers as operations
from runtime.operations.sweep import send_overdue
from runtime.sites import consumers, handlers
from runtime.sites.purge import purge_due
from tests.runtime.batch_consumer.queues import lambda_context
from tests.runtime.dynamo import DynamoPorts, recorded_table
from tests.runtime.fakes import Answer, call, claims
from tests.runtime.operations.seeds import operations as operations_of
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import VIEWER, accepted, break_jobs, carried_out, site_deleted_softly, update

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


@cache
def known_world() -> tuple[OperationWorld, Known]:
    """A tenant with a free, a busy and a deleted site, and a pending and a failed operation; nobody changes it."""
    world = OperationWorld()
    deleted, free, busy = site_deleted_softly(world), site_made(world), site_made(world)
    break_jobs(world)
    failed = carried_out(world, create_site(world))
    pending = accepted(update(world, busy, siteName="Other"))
    assert create_site(world, body=NEW | {"subdomain": "used"}, headers={"Idempotency-Key": "used"}).status == 202
    return world, Known(free=free, busy=busy, deleted=deleted, pending=pending, failed=failed)


def on_site(endpoint: Any, ports: DynamoPorts, site_id: str, **options: Any) -> Answer:
    return call(endpoint, ports, parameters={"tenantId": "acme", "siteId": site_id}, **options)


def on_operation(endpoint: Any, ports: DynamoPorts, operation_id: str, **options: Any) -> Answer:
    return call(endpoint, ports, parameters={"operationId": operation_id}, **options)


def listed(endpoint: Any, ports: DynamoPorts, query: str, **options: Any) -> Answer:
    return call(endpoint, ports, parameters={"tenantId": "acme"}, query=query, **options)


def creating(ports: DynamoPorts, **options: Any) -> Answer:
    return call(handlers.create, ports, parameters={"tenantId": "acme"}, **{"body": NEW, **options})


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
    memory, known = known_world()
    with recorded_table() as table:
        table.load_from(memory.table)
        ports = DynamoPorts(table=table.table, clock=memory.clock, drawn=1000)

        answer = asking(ports, known)

    assert answer.status < 500, answer.text
    assert table.calls == calls


def test_a_page_of_a_hundred_operations_costs_no_more_calls_than_one_of_two() -> None:
    with recorded_table() as table:
        table.load(*operations_of(120, sites=["site-a", "site-b"], failed=True).values())
        ports = DynamoPorts(table=table.table)

        answer = listed(operations.list_operations, ports, "pageSize=100")

    assert (answer.json["count"], answer.json["moreAvailable"]) == (100, True)
    assert table.calls == [LIST, READS, READS]


@dataclass
class Worker:
    """The ports of a consumer, with the table on DynamoDB and WordPress in memory."""

    ports: DynamoPorts
    memory: OperationWorld

    def __getattr__(self, name: str) -> Any:
        if name == "queue":
            return self.memory.lines["creation"]
        return getattr(self.memory if name in {"agent", "maintenance", "retry_base_seconds"} else self.ports, name)


def test_carrying_out_a_creation_of_two_steps_costs_a_read_and_three_writes() -> None:
    memory = OperationWorld()
    create_site(memory)
    memory.dispatch()
    batch = memory.lines["creation"].receive()
    with recorded_table() as table:
        table.load_from(memory.table)
        worker: Any = Worker(DynamoPorts(table=table.table, clock=memory.clock), memory)

        event = {"Records": [letter.record for letter in batch]}
        answer = consumers.creation.answer(event, lambda_context(), worker)

    assert answer == {"batchItemFailures": []}
    assert memory.wordpress.effects == {"install": 1}
    assert table.calls == [READS, WRITE, WRITE, WRITE], "claimed with its site, the first step done, all ended"


def test_a_sweep_that_finds_nothing_costs_a_query_for_each_shard_and_one_for_the_purges() -> None:
    with recorded_table() as table:
        ports = DynamoPorts(table=table.table)

        found = send_overdue(ports), purge_due(ports)

    assert found == (0, 0)
    assert table.calls == [LIST] * 5
