"""What a request about plugins costs in calls of DynamoDB, recorded at botocore on the real adapter."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache

import pytest

from tests.runtime.dynamo import DynamoPorts, recorded_table
from tests.runtime.fakes import Answer
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.plugins.asking import blocked, curated, details, listed, put_on, toggle, update
from tests.runtime.sites.asking import VIEWER, accepted
from tests.runtime.sites.asking import update as change_site

READ, READS, LIST, WRITE = "GetItem", "BatchGetItem", "Query", "TransactWriteItems"
KEY, USED = {"Idempotency-Key": "new"}, {"Idempotency-Key": "used"}


@cache
def known_world() -> tuple[OperationWorld, str, str]:
    """A tenant with a free site, whose plugins are known and one of which can be updated, and a busy one; nobody changes it."""
    world = OperationWorld()
    free, busy = site_made(world), site_made(world)
    for plugin_id in ("akismet", "hello-dolly", "jetpack"):
        curated(world, plugin_id)
    details(world)
    blocked(world, "evil")
    put_on(
        world, free, "hello-dolly", latest_version="4.0", package="https://downloads.wordpress.org/plugin/hello-dolly.4.0.zip"
    )
    accepted(change_site(world, busy, siteName="Other"))
    assert toggle(world, free, headers=USED).status == 200
    return world, free, busy


Asking = Callable[[DynamoPorts, str, str], Answer]
COSTS: dict[str, tuple[list[str], Asking]] = {
    "GetPlugin": ([READS], lambda ports, _, __: details(ports)),
    "GetPlugin (not asked for yet)": ([READS, WRITE], lambda ports, _, __: details(ports, "jetpack")),
    "GetPlugin (blocklisted)": ([READS], lambda ports, _, __: details(ports, "evil")),
    "GetPlugin (not catalogued)": ([READS], lambda ports, _, __: details(ports, "nothing")),
    "ListSitePlugins": ([READ, READS, READS], lambda ports, free, _: listed(ports, free)),
    "ListSitePlugins (a page of one)": ([READ, READS, READ], lambda ports, free, _: listed(ports, free, "pageSize=1")),
    "ListSitePlugins (of no site)": ([READ], lambda ports, _, __: listed(ports, "nothing")),
    "UpdateSitePlugin": ([READ, READS, READS, WRITE], lambda ports, free, _: update(ports, free, "hello-dolly")),
    "UpdateSitePlugin (so already)": ([READ, READS], lambda ports, free, _: update(ports, free)),
    "UpdateSitePlugin (busy)": ([READ, READS], lambda ports, _, busy: update(ports, busy)),
    "ToggleSitePlugin": ([READ, READS], lambda ports, free, _: toggle(ports, free)),
    "ToggleSitePlugin (with key)": ([READS, READS, WRITE, WRITE], lambda ports, free, _: toggle(ports, free, headers=KEY)),
    "ToggleSitePlugin (replayed)": ([READS], lambda ports, free, _: toggle(ports, free, headers=USED)),
    "a role refused": ([READ, READS], lambda ports, free, _: toggle(ports, free, caller=VIEWER)),
    "a body refused": ([], lambda ports, free, _: toggle(ports, free, body={"isActive": 1})),
}


@pytest.mark.parametrize(("calls", "asking"), COSTS.values(), ids=COSTS)
def test_a_request_costs_these_calls_of_dynamodb_and_no_other(calls: list[str], asking: Asking) -> None:
    memory, free, busy = known_world()
    with recorded_table() as table:
        table.load_from(memory.table)
        ports = DynamoPorts(table=table.table, clock=memory.clock, drawn=1000, wordpress=deepcopy(memory.wordpress))

        answer = asking(ports, free, busy)

    assert answer.status < 500, answer.text
    assert table.calls == calls
