"""What a look at a site or its status costs in calls of DynamoDB, recorded at botocore on the real adapter."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.health.handlers import get_status
from runtime.health.refresher import refresh_due
from runtime.health.rows import SHARDS, due_row
from runtime.plugins.domain import CataloguedPlugin
from runtime.plugins.rows import catalogued_row
from runtime.table.port import key_of
from tests.runtime.dynamo import DynamoPorts, recorded_table
from tests.runtime.fakes import call
from tests.runtime.health.asking import CERTIFICATES, get_health, health, prod_site
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import site_suspended

READ, READS, LIST, WRITE = "GetItem", "BatchGetItem", "Query", "TransactWriteItems"
Asking = Callable[[DynamoPorts], object]


@cache
def known_world() -> tuple[OperationWorld, dict[str, str]]:
    """A tenant with a site that was looked at, one of PROD that is due to be, a suspended and a busy one; nobody changes it."""
    world = OperationWorld()
    known = {"seen": site_made(world), "suspended": site_suspended(world), "watched": prod_site(world)}
    health(world, known["seen"])
    watch = due_row(world.site(known["watched"]), world.clock - timedelta(minutes=1))
    for row in (watch, catalogued_row(CataloguedPlugin(plugin_id="akismet"))):
        assert row
        world.table.rows[key_of(row)] = {"version": 1, **row}
    known["busy"] = create_site(world).json["siteId"]
    world.move(minutes=1)
    return world, known


def ask(endpoint: Endpoint, which: str) -> Asking:
    return lambda ports: call(endpoint, ports, parameters={"tenantId": "acme", "siteId": known_world()[1][which]})


COSTS: dict[str, tuple[list[str], Asking]] = {
    "GetSiteHealth": ([READS, READS, WRITE], ask(get_health, "seen")),
    "GetSiteHealth (changed)": ([READS, READS, WRITE, WRITE], ask(get_health, "watched")),
    "GetSiteHealth (not active)": ([READS], ask(get_health, "suspended")),
    "GetSiteStatus": ([READS], ask(get_status, "seen")),
    "GetSiteStatus (busy)": ([READS, READ], ask(get_status, "busy")),
    "a round with one site due": (
        [LIST] * SHARDS + [WRITE, READS, READS, WRITE, WRITE],
        lambda ports: refresh_due(ports, CERTIFICATES, until=time.monotonic() + 60),
    ),
}


@pytest.mark.parametrize(("calls", "asking"), COSTS.values(), ids=COSTS)
def test_a_look_costs_these_calls_of_dynamodb_and_no_other(calls: list[str], asking: Asking) -> None:
    memory, _ = known_world()
    with recorded_table() as table:
        table.load_from(memory.table)

        asking(DynamoPorts(table=table.table, clock=memory.clock, wordpress=memory.wordpress))

    assert table.calls == calls
