"""Reading one site and the lists of them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from runtime.hateoas_endpoint import cursor
from runtime.sites import handlers, routes
from runtime.sites.domain import Environment, SiteStatus
from tests.runtime.fakes import Answer, claims, follow
from tests.runtime.operations.world import OperationWorld, create_site, on_site, site_made
from tests.runtime.sites.asking import (
    NOTHING,
    STAFF,
    USER,
    VIEWER,
    carried_out,
    delete,
    delete_for_good,
    get,
    listed,
    set_tenant,
    site_deleted_softly,
    site_failed,
    site_suspended,
    update,
)
from tests.runtime.sites.seeds import sites
from tests.runtime.stories import problem


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def ids(answer: Answer) -> list[str]:
    return [item["siteId"] for item in answer.json["_embedded"]["sites"]]


def pages(world: OperationWorld, query: str) -> list[list[str]]:
    """The ids of every page, by following `next`."""
    found = []
    following: str | None = query
    while following is not None:
        answer = listed(world, following)
        assert answer.json["moreAvailable"] == ("next" in answer.json["_links"])
        found.append(ids(answer))
        following = follow(answer.json["_links"]["next"]["href"])[1] if "next" in answer.json["_links"] else None
    return found


@pytest.mark.parametrize("caller", [claims(), STAFF, USER, VIEWER], ids=["ADMIN", "STAFF", "USER", "VIEWER"])
def test_every_role_reads(world: OperationWorld, caller: dict[str, str]) -> None:
    site_id = site_made(world)

    assert (get(world, site_id, caller=caller).status, ids(listed(world, caller=caller))) == (200, [site_id])


@pytest.mark.parametrize("caller", [claims(groups=""), claims(groups="ROOT")])
def test_who_has_no_role_in_the_tenant_reads_nothing(world: OperationWorld, caller: dict[str, str]) -> None:
    answers = [get(world, f"site-{NOTHING}", caller=caller), listed(world, caller=caller)]

    assert [problem(answer) for answer in answers] == [(403, "FORBIDDEN")] * 2
    assert not world.table.calls


@pytest.mark.parametrize("tenant", ["globex", "nowhere"])
def test_a_foreign_tenant_is_denied_whether_or_not_it_exists(world: OperationWorld, tenant: str) -> None:
    answers = [get(world, f"site-{NOTHING}", tenant=tenant), listed(world, tenant=tenant)]

    assert [problem(answer) for answer in answers] == [(403, "TENANT_ACCESS_DENIED")] * 2


CHANGES: dict[str, tuple[Any, Any]] = {
    "update": (handlers.update, {"siteName": "Other"}),
    "delete": (handlers.delete, None),
    "restore": (handlers.restore, None),
    "get": (handlers.get, None),
}


@pytest.mark.parametrize(("endpoint", "body"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("site_id", [f"site-{NOTHING}", "x", "#", "ü", "x" * 3000])
def test_a_site_that_does_not_exist_is_not_found(world: OperationWorld, endpoint: Any, body: Any, site_id: str) -> None:
    assert problem(on_site(endpoint, world, site_id, body=body)) == (404, "SITE_002")


@pytest.mark.parametrize(("endpoint", "body"), CHANGES.values(), ids=CHANGES)
def test_another_tenants_site_is_not_found_under_ones_own(world: OperationWorld, endpoint: Any, body: Any) -> None:
    site_id = site_made(world, tenant="globex", caller=STAFF)

    assert problem(on_site(endpoint, world, site_id, body=body)) == (404, "SITE_002")


@pytest.mark.parametrize(("endpoint", "body"), CHANGES.values(), ids=CHANGES)
def test_of_a_missing_tenant_and_a_missing_site_the_tenant_is_told(world: OperationWorld, endpoint: Any, body: Any) -> None:
    answer = on_site(endpoint, world, f"site-{NOTHING}", tenant="nowhere", caller=STAFF, body=body)

    assert problem(answer) == (404, "TENANT_NOT_FOUND")


def test_what_the_caller_has_already_is_not_sent_again(world: OperationWorld) -> None:
    site_id = site_made(world)
    tag = get(world, site_id).headers["ETag"]

    answer = get(world, site_id, headers={"If-None-Match": tag})

    assert (answer.status, answer.text, answer.headers["ETag"]) == (304, "", tag)


def test_the_tag_is_the_version_shown_and_moves_with_every_change_and_with_the_clock(world: OperationWorld) -> None:
    site_id = site_made(world)
    answers = [get(world, site_id)]
    carried_out(world, update(world, site_id, siteName="Other"))
    answers.append(get(world, site_id))
    carried_out(world, delete(world, site_id))
    answers.append(get(world, site_id))
    world.move(days=30)
    answers.append(get(world, site_id))

    versions = [answer.json["version"] for answer in answers]

    assert [answer.headers["ETag"] for answer in answers] == [f'"v{version}"' for version in versions]
    assert versions == sorted(set(versions))
    assert versions[-1] == versions[-2] + 1, "that it can no longer be restored is the clock's change"


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
def test_a_tenant_that_is_not_active_still_answers_reads(world: OperationWorld, status: str) -> None:
    site_id = site_made(world)
    set_tenant(world, status=status)

    page, document = listed(world).json, get(world, site_id).json

    assert page["_unavailable"]["create-site"]["code"] == "TENANT_NOT_ACTIVE"
    assert {entry["code"] for entry in document["_unavailable"].values()} == {"TENANT_NOT_ACTIVE", "SITE_005"}


def test_every_combination_of_filters_shows_exactly_the_sites_it_names(world: OperationWorld) -> None:
    set_tenant(world, tier="PREMIUM")
    made: dict[tuple[str, str], list[str]] = {}
    for environment in Environment:
        how: dict[str, Any] = {"body": {"environment": environment}}
        made[environment, "ACTIVE"] = [site_made(world, **how), site_made(world, **how)]
        made[environment, "SUSPENDED"] = [site_suspended(world, **how)]
        made[environment, "FAILED"] = [site_failed(world, **how)]
        made[environment, "DEPROVISIONING"] = [site_deleted_softly(world, **how)]
        gone = site_made(world, **how)
        carried_out(world, delete_for_good(world, gone))
        made[environment, "DELETED"] = [gone]
        made[environment, "PROVISIONING"] = []
    made[Environment.SIT, "PROVISIONING"] = [create_site(world, body={"environment": "SIT"}).json["siteId"]]

    for environment in (None, *Environment):
        for status in (None, *SiteStatus):
            query = "&".join(f"{n}={v}" for n, v in (("environment", environment), ("status", status)) if v)
            wanted = [i for (e, s), found in made.items() for i in found if environment in (None, e) and status in (None, s)]
            assert ids(listed(world, query)) == sorted(wanted, reverse=True), query


FILTERS = ["", "environment=DEV", "status=ACTIVE", "environment=SIT&status=SUSPENDED"]


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("size", [1, 7, 20, 100])
def test_every_page_is_full_until_the_last_and_nothing_is_missing_or_twice(
    world: OperationWorld, filters: str, size: int
) -> None:
    world.table.rows |= sites(60)
    named = dict(part.split("=") for part in filters.split("&") if part)
    rows = [row for row in world.table.of_type("SITE") if all(row[name] == value for name, value in named.items())]

    found = pages(world, f"pageSize={size}&{filters}")

    assert [each for page in found for each in page] == sorted((row["siteId"] for row in rows), reverse=True)
    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
    assert len(found[-1]) > 0


def test_the_list_shows_only_the_tenants_own(world: OperationWorld) -> None:
    theirs = site_made(world, tenant="globex", caller=STAFF)
    ours = site_made(world)

    for query in ("", "environment=DEV", "status=ACTIVE", "environment=DEV&status=ACTIVE"):
        assert ids(listed(world, query)) == [ours]
        assert ids(listed(world, query, tenant="globex", caller=STAFF)) == [theirs]


def test_a_cursor_of_another_filter_is_refused(world: OperationWorld) -> None:
    world.table.rows |= sites(60)

    for made_for in FILTERS:
        following = follow(listed(world, f"pageSize=1&{made_for}").json["_links"]["next"]["href"])[1]
        start_at = dict(part.split("=", 1) for part in following.split("&"))["startAt"]
        for used_for in FILTERS:
            answer = listed(world, f"startAt={start_at}&{used_for}")
            assert (answer.status == 200) == (used_for == made_for)
            assert answer.status == 200 or problem(answer) == (400, "INVALID_CURSOR")


def test_a_cursor_holds_no_tenant_and_no_partition(world: OperationWorld) -> None:
    world.table.rows |= sites(3)
    following = follow(listed(world, "pageSize=1").json["_links"]["next"]["href"])[1]
    content = base64.urlsafe_b64decode(following.rsplit("startAt=", 1)[1] + "===")

    assert json.loads(content)[1] == ids(listed(world, "pageSize=1"))[0]
    assert not any(word in content.decode() for word in ("acme", "TENANT", "SITES"))


@pytest.mark.parametrize("position", ["TENANT#globex", "site-1", f"op-{NOTHING}", f"site-{NOTHING}\n"])
def test_a_position_that_is_no_site_is_refused(world: OperationWorld, position: str) -> None:
    forged = cursor.encode(routes.LIST, {}, position)

    assert problem(listed(world, f"startAt={forged}")) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize(
    "query", ["environment=TEST", "environment=", "status=OPEN", "status=active", "tier=BASIC", "pageSize=0"]
)
def test_an_unknown_filter_or_value_is_refused(world: OperationWorld, query: str) -> None:
    assert problem(listed(world, query)) == (400, "VALIDATION_ERROR")


def test_a_page_links_to_itself_to_create_and_to_the_entry(world: OperationWorld) -> None:
    world.table.rows |= sites(3)

    page = listed(world, "environment=DEV&pageSize=2").json

    assert listed(world, follow(page["_links"]["self"]["href"])[1]).json == page
    assert page["_links"]["create-site"]["method"] == "POST"
    assert page["_links"]["entry"]["href"] == "/"


def test_staff_learn_that_a_tenant_does_not_exist(world: OperationWorld) -> None:
    assert problem(listed(world, tenant="nowhere", caller=STAFF)) == (404, "TENANT_NOT_FOUND")
