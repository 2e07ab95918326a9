"""The list of operations: exact for every combination of filters, in one tenant or several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from runtime.hateoas_endpoint import cursor
from runtime.operations import routes
from runtime.operations.domain import OperationStatus, OperationType
from runtime.operations.rows import FILTERS
from runtime.table.port import Row
from tests.runtime.fakes import Answer, claims, follow
from tests.runtime.operations.seeds import operations
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    COLLEAGUE,
    NOTHING,
    STAFF,
    USER,
    VIEWER,
    accepted,
    break_jobs,
    cancel,
    carried_out,
    delete,
    get_operation,
    listed_operations,
    retry,
    set_tenant,
    site_failed,
    update,
)
from tests.runtime.stories import problem

COMBINATIONS = [names for size in range(4) for names in combinations(FILTERS, size)]
SITES = tuple(f"site-01a207bd-e552-7000-8000-00000000000{number}" for number in range(3))


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [item["operationId"] for item in answer.json["_embedded"]["operations"]]


def pages(world: OperationWorld, query: str, **options: Any) -> list[list[str]]:
    """The ids of every page, by following `next`."""
    found = []
    following: str | None = query
    while following is not None:
        answer = listed_operations(world, following, **options)
        assert answer.json["moreAvailable"] == ("next" in answer.json["_links"])
        found.append(ids(answer))
        following = follow(answer.json["_links"]["next"]["href"])[1] if "next" in answer.json["_links"] else None
    return found


def newest_first(rows: list[Row]) -> list[str]:
    return sorted((row["operationId"] for row in rows), reverse=True)


def assert_exact(world: OperationWorld, *, size: int = 100) -> None:
    """Every list that any filters name shows exactly what they name, on full pages."""
    rows = world.table.of_type("OPERATION")
    values: dict[str, list[str]] = {
        "status": [status.value for status in OperationStatus],
        "siteId": [*sorted({row["siteId"] for row in rows}), f"site-{NOTHING}"],
        "operationType": [kind.value for kind in OperationType],
    }
    for names in COMBINATIONS:
        for filters in _every(names, values):
            found = pages(world, "&".join([f"pageSize={size}", *(f"{n}={v}" for n, v in filters.items())]))
            wanted = newest_first([row for row in rows if all(row[n] == v for n, v in filters.items())])
            assert [each for page in found for each in page] == wanted, filters
            assert all(len(page) == size for page in found[:-1])
            assert found[-1] or len(found) == 1, "no empty page follows a full one"


def _every(names: tuple[str, ...], values: dict[str, list[str]]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = [{}]
    for name in names:
        found = [{**before, name: value} for before in found for value in values[name]]
    return found


def test_there_are_eight_combinations_of_filters() -> None:
    assert len(COMBINATIONS) == 8


@pytest.mark.parametrize("size", [3, 100])
def test_every_combination_of_filters_is_exact_and_its_pages_are_full(world: OperationWorld, size: int) -> None:
    world.table.rows |= operations(70, sites=SITES)

    assert_exact(world, size=size)


STAGES: dict[str, Callable[[OperationWorld], Any]] = {
    "accepted": lambda world: create_site(world),
    "claimed": lambda world: _claimed(world),
    "completed": lambda world: site_made(world),
    "failed": lambda world: site_failed(world),
    "failed and tried again": lambda world: accepted(retry(world, _failed(world))),
    "failed, tried again and completed": lambda world: carried_out(world, retry(world, _failed(world))),
    "called off": lambda world: cancel(world, accepted(create_site(world))),
    "tried again and called off": lambda world: cancel(world, accepted(retry(world, _failed(world)))),
}


def _claimed(world: OperationWorld) -> None:
    world.maintenance.looks = 99
    create_site(world)
    world.dispatch()
    world.consume("creation")


def _failed(world: OperationWorld) -> str:
    break_jobs(world)
    return carried_out(world, create_site(world))


@pytest.mark.parametrize("stage", STAGES)
def test_the_lists_are_exact_at_every_stage_of_an_operation(world: OperationWorld, stage: str) -> None:
    carried_out(world, update(world, site_made(world), siteName="Other"))

    STAGES[stage](world)

    assert_exact(world)


def test_pending_and_in_progress_are_told_apart_and_paged(world: OperationWorld) -> None:
    _claimed(world)
    waiting = [accepted(create_site(world)) for _ in range(5)]

    assert pages(world, "status=PENDING&pageSize=2") == [waiting[:2:-1], waiting[2:0:-1], waiting[:1]]
    assert [len(page) for page in pages(world, "status=IN_PROGRESS&pageSize=2")] == [1]


def test_pages_stay_as_they_were_while_operations_are_added(world: OperationWorld) -> None:
    world.table.rows |= operations(30, sites=SITES)
    before = [each for page in pages(world, "pageSize=10") for each in page]
    first = listed_operations(world, "pageSize=10")
    create_site(world)

    rest = pages(world, follow(first.json["_links"]["next"]["href"])[1])

    assert ids(first) + [each for page in rest for each in page] == before


def test_a_page_takes_a_hundred_failed_operations_on_as_many_sites(world: OperationWorld) -> None:
    world.table.rows |= operations(120, sites=[f"site-{NOTHING[:-3]}{number:03x}" for number in range(120)], failed=True)

    answer = listed_operations(world, "pageSize=100")

    assert (answer.json["count"], answer.json["moreAvailable"]) == (100, True)


MANY = [f"tenant-{number}" for number in range(11)]


def of_many(world: OperationWorld, count: int) -> list[str]:
    """The ids of the operations of so many tenants, newest first."""
    for tenant in MANY[:count]:
        world.table.rows |= operations(9, sites=SITES, tenant=tenant)
    return newest_first(world.table.of_type("OPERATION"))


@pytest.mark.parametrize("count", [2, 10])
@pytest.mark.parametrize("filters", ["", "status=COMPLETED", "status=PENDING", "operationType=SITE_UPDATE&status=FAILED"])
def test_the_operations_of_up_to_ten_tenants_come_in_one_list(world: OperationWorld, count: int, filters: str) -> None:
    everything = of_many(world, count)
    named = dict(part.split("=") for part in filters.split("&") if part)
    rows = [row for row in world.table.of_type("OPERATION") if all(row[name] == value for name, value in named.items())]
    caller = claims(tenant_ids=",".join(MANY[:count]))

    found = pages(world, f"pageSize=7&{filters}", caller=caller)

    assert [each for page in found for each in page] == newest_first(rows)
    assert set(newest_first(rows)) <= set(everything)
    assert all(len(page) == 7 for page in found[:-1])


def test_twenty_unfinished_operations_of_each_of_ten_tenants_fit_on_two_pages(world: OperationWorld) -> None:
    for tenant in MANY[:10]:
        world.table.rows |= operations(20, sites=SITES, tenant=tenant, pending=True)

    found = pages(world, "status=PENDING&pageSize=100", caller=claims(tenant_ids=",".join(MANY[:10])))

    assert [len(page) for page in found] == [100, 100]


@pytest.mark.parametrize("caller", [claims(tenant_ids=",".join(MANY)), STAFF], ids=["a caller of eleven tenants", "STAFF"])
def test_who_has_more_than_ten_tenants_names_one(world: OperationWorld, caller: dict[str, str]) -> None:
    of_many(world, 11)

    unnamed = listed_operations(world, caller=caller)
    named = listed_operations(world, "tenantId=tenant-3", caller=caller)

    assert problem(unnamed) == (400, "VALIDATION_ERROR")
    assert [(error["pointer"], error["code"]) for error in unnamed.json["errors"]] == [("?tenantId", "REQUIRED")]
    assert {item["tenantId"] for item in named.json["_embedded"]["operations"]} == {"tenant-3"}
    assert named.json["count"] == 9


def test_a_caller_of_several_tenants_may_name_one(world: OperationWorld) -> None:
    of_many(world, 3)
    caller = claims(tenant_ids="tenant-0,tenant-1")

    found = listed_operations(world, "tenantId=tenant-1&status=COMPLETED", caller=caller).json["_embedded"]["operations"]

    assert {item["tenantId"] for item in found} == {"tenant-1"}


@pytest.mark.parametrize("tenant", ["globex", "nowhere", "ACME"])
def test_a_tenant_that_is_not_the_callers_is_denied_whether_or_not_it_exists(world: OperationWorld, tenant: str) -> None:
    assert problem(listed_operations(world, f"tenantId={tenant}")) == (403, "TENANT_ACCESS_DENIED")


def test_the_list_shows_only_the_callers_tenants(world: OperationWorld) -> None:
    create_site(world, tenant="globex", caller=STAFF)
    ours = accepted(create_site(world))

    assert ids(listed_operations(world)) == [ours]


@pytest.mark.parametrize("caller", [claims(), USER, COLLEAGUE, VIEWER])
def test_every_role_lists(world: OperationWorld, caller: dict[str, str]) -> None:
    operation_id = accepted(create_site(world))

    assert ids(listed_operations(world, caller=caller)) == [operation_id]


@pytest.mark.parametrize("caller", [claims(tenant_ids=""), claims(groups="")], ids=["of no tenant", "of no role"])
def test_who_has_no_role_anywhere_has_no_operations(world: OperationWorld, caller: dict[str, str]) -> None:
    create_site(world)

    assert ids(listed_operations(world, caller=caller)) == []


def test_who_has_no_role_in_a_tenant_cannot_name_it(world: OperationWorld) -> None:
    assert problem(listed_operations(world, "tenantId=acme", caller=claims(groups=""))) == (403, "TENANT_ACCESS_DENIED")


@pytest.mark.parametrize(
    "query",
    [
        "status=OPEN",
        "status=pending",
        "operationType=SITE_MOVE",
        "siteId=",
        "siteId=x",
        f"siteId=site-{NOTHING}%23operationType%3DSITE_CREATION",
        "siteId=" + "x" * 3000,
        "tenantId=",
        "tenantId=" + "x" * 3000,
        "tenantId=acme%23OPERATIONS",
        "wait=5",
        "pageSize=101",
    ],
    ids=lambda query: query[:40],
)
def test_an_unknown_filter_or_value_is_refused(world: OperationWorld, query: str) -> None:
    assert problem(listed_operations(world, query, caller=STAFF)) == (400, "VALIDATION_ERROR")


def test_a_cursor_of_another_filter_is_refused(world: OperationWorld) -> None:
    world.table.rows |= operations(30, sites=SITES)
    filters = ["", "status=COMPLETED", f"siteId={SITES[0]}", "operationType=SITE_UPDATE", "tenantId=acme"]
    for made_for in filters:
        following = follow(listed_operations(world, f"pageSize=1&{made_for}").json["_links"]["next"]["href"])[1]
        start_at = dict(part.split("=", 1) for part in following.split("&"))["startAt"]
        for used_for in filters:
            answer = listed_operations(world, f"startAt={start_at}&{used_for}")
            assert (answer.status == 200) == (used_for == made_for)
            assert answer.status == 200 or problem(answer) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize("position", ["TENANT#globex", f"site-{NOTHING}", "op-1", f"op-{NOTHING}\n"])
def test_a_position_that_is_no_operation_is_refused(world: OperationWorld, position: str) -> None:
    forged = cursor.encode(routes.LIST, {}, position)

    assert problem(listed_operations(world, f"startAt={forged}")) == (400, "INVALID_CURSOR")


def test_an_item_of_the_list_is_the_document_that_its_self_link_gives(world: OperationWorld) -> None:
    accepted(create_site(world))
    _failed(world)
    carried_out(world, delete(world, site_made(world)))

    for item in listed_operations(world).json["_embedded"]["operations"]:
        assert item == get_operation(world, item["operationId"]).json


def test_a_page_links_to_itself_and_to_the_entry(world: OperationWorld) -> None:
    world.table.rows |= operations(3, sites=SITES)

    page = listed_operations(world, "tenantId=acme&pageSize=2").json

    assert listed_operations(world, follow(page["_links"]["self"]["href"])[1]).json == page
    assert page["_links"]["entry"]["href"] == "/"


def test_an_operation_and_its_places_in_the_lists_are_kept_ninety_days_after_its_end(world: OperationWorld) -> None:
    site_made(world)
    set_tenant(world, status="SUSPENDED")
    ended = world.operation(ids(listed_operations(world))[0]).completed_at
    assert ended is not None

    kept = [row["ttl"] for kind in ("OPERATION", "OPERATION_LIST") for row in world.table.of_type(kind)]

    assert kept == [int((ended + timedelta(days=90)).timestamp())] * 5


def test_an_operation_that_is_tried_again_is_kept_until_it_ends_again(world: OperationWorld) -> None:
    accepted(retry(world, _failed(world)))

    rows = [*world.table.of_type("OPERATION"), *world.table.of_type("OPERATION_LIST")]

    assert not [row for row in rows if "ttl" in row]
