"""The access patterns of sites and operations, by their numbers in ``runtime/table/__init__.py``, with the calls they make."""

from __future__ import annotations

from itertools import combinations

import pytest

from runtime.operations.rows import FILTERS, SHARDS, due_query, operation_key
from runtime.operations.service import read_page as read_operations
from runtime.operations.service import retry_refusals
from runtime.sites import handlers
from runtime.sites.domain import Environment, SiteStatus
from runtime.sites.rows import purge_query, quota_key, subdomain_key
from runtime.sites.service import read, read_page
from runtime.table.port import Row
from tests.runtime.dynamo import DynamoPorts, RecordedTable
from tests.runtime.fakes import START, FakePorts, call
from tests.runtime.operations.seeds import operations
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    NOTHING,
    STAFF,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_suspended,
)
from tests.runtime.stories import problem

SITES = tuple(f"site-01a207bd-e552-7000-8000-00000000000{number}" for number in range(3))
COMBINATIONS = [names for size in range(4) for names in combinations(FILTERS, size)]


@pytest.fixture(scope="module")
def life() -> FakePorts:
    """A tenant with a site of every status, a softly deleted one that is due, and as many unfinished operations as can be."""
    world = OperationWorld(sweeping=False)
    site_deleted_softly(world)
    world.move(days=30)
    for environment in Environment:
        how = {"body": {"environment": environment}}
        site_made(world, **how)
        site_suspended(world, **how)
    site_failed(world)
    site_deleted_for_good(world)
    create_site(world, tenant="globex", caller=STAFF)
    for _ in range(12):
        create_site(world)
    for _ in range(8):
        create_site(world, body={"environment": "SIT"})
    world.table.rows |= operations(40, sites=SITES, tenant="many")
    return world


def sites_of(life: FakePorts, **attributes: str) -> list[str]:
    """The ids of acme's sites with these attributes, newest first."""
    rows = [row for row in life.table.of_type("SITE") if row["tenantId"] == "acme"]
    return sorted((row["siteId"] for row in rows if attributes.items() <= row.items()), reverse=True)


def operations_of(life: FakePorts, **attributes: str) -> list[Row]:
    return [row for row in life.table.of_type("OPERATION") if attributes.items() <= row.items()]


def shown(recorded: RecordedTable, environment: Environment | None, status: SiteStatus | None) -> list[str]:
    found, _ = read_page(recorded.table, "acme", environment=environment, status=status, size=100, after=None)
    return [site.site_id for site in found]


def test_13_one_site_and_its_tenant(life: FakePorts, recorded: RecordedTable) -> None:
    (site_id, *_) = sites_of(life)

    site, tenant = read(recorded.table, "acme", site_id)

    assert (site.site_id, tenant.name) == (site_id, "Acme Corporation")
    assert recorded.calls == ["BatchGetItem"]


def test_14_a_tenants_sites_newest_first(life: FakePorts, recorded: RecordedTable) -> None:
    assert shown(recorded, None, None) == sites_of(life)
    assert recorded.calls == ["Query"]


@pytest.mark.parametrize("environment", Environment)
def test_15_a_tenants_sites_of_one_environment(life: FakePorts, recorded: RecordedTable, environment: Environment) -> None:
    assert shown(recorded, environment, None) == sites_of(life, environment=environment.value)
    assert recorded.calls == ["Query"]


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("status", SiteStatus)
def test_16_the_sites_of_one_environment_and_status(
    life: FakePorts, recorded: RecordedTable, environment: Environment, status: SiteStatus
) -> None:
    assert shown(recorded, environment, status) == sites_of(life, environment=environment.value, status=status.value)
    assert recorded.calls == ["Query"]


@pytest.mark.parametrize("status", SiteStatus)
def test_17_a_tenants_sites_of_one_status(life: FakePorts, recorded: RecordedTable, status: SiteStatus) -> None:
    assert shown(recorded, None, status) == sites_of(life, status=status.value)
    assert recorded.calls == ["Query"] * 3


def test_18_whether_a_subdomain_is_taken_and_a_quota_full(life: FakePorts, recorded: RecordedTable) -> None:
    keys = [subdomain_key(environment, "shop-2") for environment in Environment] + [quota_key("acme", Environment.PROD)]

    *guards, quota = recorded.table.get(keys)

    assert [row is not None for row in guards] == [True, False, False]
    assert quota
    assert quota["sites"] == len(sites_of(life, environment="PROD")) == 2
    assert recorded.calls == ["BatchGetItem"]


def test_19_sites_whose_data_is_to_go(life: FakePorts, recorded: RecordedTable) -> None:
    (due,) = recorded.table.query(purge_query(life.clock, limit=10))

    assert [due["siteId"]] == sites_of(life, status="DEPROVISIONING")
    assert recorded.calls == ["Query"]


def test_20_one_operation(life: FakePorts, recorded: RecordedTable) -> None:
    operation_id = operations_of(life, tenantId="globex")[0]["operationId"]

    found, nothing = recorded.table.get([operation_key(operation_id)]), recorded.table.get([operation_key(f"op-{NOTHING}")])

    assert [row["siteId"] if row else None for row in (*found, *nothing)] == [
        operations_of(life, tenantId="globex")[0]["siteId"],
        None,
    ]
    assert recorded.calls == ["GetItem"] * 2


@pytest.mark.parametrize("names", COMBINATIONS, ids=lambda names: " and ".join(names) or "none")
def test_21_a_tenants_operations_by_any_filters_newest_first(
    life: FakePorts, recorded: RecordedTable, names: tuple[str, ...]
) -> None:
    one = operations_of(life, tenantId="many")[11]
    filters = {name: one[name] for name in names}
    wanted = sorted((row["operationId"] for row in operations_of(life, tenantId="many", **filters)), reverse=True)

    found, position = read_operations(recorded.table, ["many"], filters=filters, size=100, after=None)

    assert [each.operation_id for each in found] == wanted
    assert position is None
    assert recorded.calls in (["Query", "BatchGetItem"], ["Query", "GetItem"])


@pytest.mark.parametrize(("status", "count"), [("PENDING", 20), ("IN_PROGRESS", 0)])
def test_21_the_unfinished_operations_of_a_tenant_are_read_whole(
    life: FakePorts, recorded: RecordedTable, status: str, count: int
) -> None:
    found, _ = read_operations(recorded.table, ["acme"], filters={"status": status}, size=100, after=None)

    assert len(found) == count
    assert recorded.calls == ["Query", "BatchGetItem"]


def test_22_whether_failed_operations_of_a_page_can_be_retried(life: FakePorts, recorded: RecordedTable) -> None:
    found, _ = read_operations(recorded.table, ["acme"], filters={"status": "FAILED"}, size=100, after=None)
    recorded.calls.clear()

    refusals = retry_refusals(recorded.table, found, START)

    assert list(refusals.values()) == [None]
    assert recorded.calls == ["BatchGetItem"]


def test_23_operations_nobody_has_looked_after_in_time(life: FakePorts, recorded: RecordedTable) -> None:
    ports = DynamoPorts(table=recorded.table, clock=life.clock)
    young = [row for shard in range(SHARDS) for row in recorded.table.query(due_query(shard, ports.clock, limit=100))]
    ports.move(seconds=60)

    due = [row for shard in range(SHARDS) for row in recorded.table.query(due_query(shard, ports.clock, limit=100))]

    assert young == []
    assert {row["operationId"] for row in due} == {row["operationId"] for row in operations_of(life, status="PENDING")}
    assert recorded.calls == ["Query"] * 8


def test_24_unfinished_operations_of_a_tenant_cost_no_read(life: FakePorts, recorded: RecordedTable) -> None:
    ports = DynamoPorts(table=recorded.table, clock=life.clock, drawn=1000)

    body = {"siteName": "One more", "subdomain": "one-more", "environment": "DEV"}
    answer = call(handlers.create, ports, parameters={"tenantId": "acme"}, body=body)

    assert problem(answer) == (429, "RATE_LIMITED")
    assert recorded.calls == ["BatchGetItem", "TransactWriteItems"]
