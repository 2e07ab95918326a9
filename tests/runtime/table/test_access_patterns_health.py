"""The access patterns of health and status, by their numbers in ``runtime/table/__init__.py``, with the calls they make."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.health.rows import SHARDS, due_query, due_row
from runtime.health.service import read, read_status
from runtime.health.vulnerable import endangered
from runtime.plugins.domain import CataloguedPlugin
from runtime.plugins.rows import catalogued_row
from runtime.table.port import Row, key_of
from tests.runtime.dynamo import RecordedTable
from tests.runtime.fakes import FakePorts
from tests.runtime.health.asking import health, prod_site
from tests.runtime.operations.wordpress import AKISMET, HELLO
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import site_suspended

READ, READS, LIST, WRITE = "GetItem", "BatchGetItem", "Query", "TransactWriteItems"


@pytest.fixture(scope="module")
def life() -> FakePorts:
    """A tenant with a site that was looked at, one that is being made, a suspended one, and a watched one on PROD."""
    world = OperationWorld()
    health(world, site_made(world))
    site_suspended(world)
    watched = due_row(world.site(prod_site(world)), world.clock - timedelta(minutes=1))
    blocked = catalogued_row(CataloguedPlugin(plugin_id="akismet", is_blocklisted=True))
    for row in (watched, blocked):
        assert row
        world.table.rows[key_of(row)] = {"version": 1, **row}
    create_site(world)
    return world


def site_of(life: FakePorts, **attributes: str) -> Row:
    """The first site with these attributes."""
    return next(row for row in life.table.of_type("SITE") if attributes.items() <= row.items())


def test_30_one_site_with_its_tenant_and_its_health(life: FakePorts, recorded: RecordedTable) -> None:
    looked, unlooked = site_of(life, status="ACTIVE", environment="DEV"), site_of(life, status="SUSPENDED")

    found = [read(recorded.table, "acme", row["siteId"]) for row in (looked, unlooked)]

    assert [(known.site.site_id, known.report and known.report.score) for known in found] == [
        (looked["siteId"], 100),
        (unlooked["siteId"], None),
    ]
    assert recorded.calls == [READS] * 2


@pytest.mark.parametrize(("status", "calls"), [("ACTIVE", [READS]), ("PROVISIONING", [READS, READ])])
def test_31_a_site_s_status(life: FakePorts, recorded: RecordedTable, status: str, calls: list[str]) -> None:
    row = site_of(life, status=status)

    known = read_status(recorded.table, "acme", row["siteId"])

    assert (known.operation and known.operation.operation_id) == row.get("activeOperation")
    assert recorded.calls == calls


def test_32_which_plugins_the_catalogue_warns_of(life: FakePorts, recorded: RecordedTable) -> None:
    others = [replace(HELLO, plugin_id=f"other-{number}") for number in range(98)]

    assert endangered(recorded.table, [HELLO, AKISMET, *others]) == ["akismet"]
    assert endangered(recorded.table, []) == []
    assert recorded.calls == [READS]


def test_33_sites_of_prod_that_are_to_be_looked_at(life: FakePorts, recorded: RecordedTable) -> None:
    early = life.clock - timedelta(minutes=2)

    due = [row for shard in range(SHARDS) for row in recorded.table.query(due_query(shard, life.clock, limit=10))]
    not_yet = [row for shard in range(SHARDS) for row in recorded.table.query(due_query(shard, early, limit=10))]

    assert [row["siteId"] for row in due] == [site_of(life, environment="PROD")["siteId"]]
    assert not_yet == []
    assert recorded.calls == [LIST] * 2 * SHARDS
