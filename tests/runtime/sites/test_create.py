"""Asking for a site: what is accepted at once, and what stands in the way."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.sites.domain import Environment
from runtime.sites.rows import subdomain_key
from tests.runtime.fakes import Answer, claims
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    COLLEAGUE,
    STAFF,
    USER,
    VIEWER,
    cancel,
    carried_out,
    delete,
    delete_for_good,
    get,
    get_operation,
    listed,
    set_tenant,
    site_failed,
)
from tests.runtime.stories import problem

KEY = {"Idempotency-Key": "a key"}


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def fill_quota(world: OperationWorld, sites: int, environment: Environment = Environment.DEV) -> None:
    """Let a tenant have so many sites already."""
    for number in range(sites):
        create_site(world, body={"subdomain": f"filler-{number}", "environment": environment}, caller=STAFF)
        world.run()


def test_a_site_is_accepted_with_its_operation_and_where_to_find_it(world: OperationWorld) -> None:
    answer = create_site(world, headers={"X-Correlation-Id": "order-7"})

    operation = answer.json
    assert answer.status == 202
    assert answer.headers["Location"] == operation["_links"]["self"]["href"] == f"/operations/{operation['operationId']}"
    assert (answer.headers["ETag"], answer.headers["Retry-After"]) == ('"v1"', "2")
    assert (operation["operationType"], operation["status"], operation["progress"]) == ("SITE_CREATION", "PENDING", 0)
    assert [(step["name"], step["status"]) for step in operation["steps"]] == [("install", "PENDING"), ("verify", "PENDING")]
    assert (operation["correlationId"], operation["createdBy"]) == ("order-7", "sub-admin@acme.test")
    assert operation["_links"]["resource"]["href"] == f"/tenants/acme/sites/{operation['siteId']}"
    assert operation["_links"]["cancel"]["method"] == "POST"


def test_site_and_operation_are_readable_at_once(world: OperationWorld) -> None:
    accepted = create_site(world, body={"siteName": " The shop ", "subdomain": "the-shop", "environment": "SIT"}).json

    site, operation = get(world, accepted["siteId"]), get_operation(world, accepted["operationId"])

    assert operation.json == accepted
    assert site.json | {"_links": 0, "_unavailable": 0} == {
        "siteId": accepted["siteId"],
        "tenantId": "acme",
        "siteName": "The shop",
        "subdomain": "the-shop",
        "url": "https://the-shop.sit.sites.example",
        "environment": "SIT",
        "status": "PROVISIONING",
        "healthStatus": "UNKNOWN",
        "createdAt": "2026-11-23T09:30:15.250Z",
        "createdBy": "sub-admin@acme.test",
        "updatedAt": "2026-11-23T09:30:15.250Z",
        "version": 1,
        "_links": 0,
        "_unavailable": 0,
    }
    assert site.json["_links"]["operation"]["href"] == f"/operations/{accepted['operationId']}"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("DEV", "https://shop.dev.sites.example"),
        ("SIT", "https://shop.sit.sites.example"),
        ("PROD", "https://shop.sites.example"),
    ],
)
def test_the_url_bears_the_environment_outside_prod(world: OperationWorld, environment: str, url: str) -> None:
    site_id = site_made(world, body={"subdomain": "shop", "environment": environment})

    assert get(world, site_id).json["url"] == url


def test_a_made_site_shows_its_versions_and_the_plugins_were_asked_for(world: OperationWorld) -> None:
    operation_id = carried_out(world, create_site(world, body={"plugins": ["akismet", "wp-super-cache"]}))
    operation = world.operation(operation_id)

    site = get(world, operation.site_id).json

    assert (site["status"], site["wordpressVersion"], site["phpVersion"]) == ("ACTIVE", "7.1.1", "8.2.36")
    assert operation.input["plugins"] == ["akismet", "wp-super-cache"]


INVALID: dict[str, tuple[dict[str, Any], str, str]] = {
    "no name": ({"siteName": None}, "/siteName", "INVALID_VALUE"),
    "an empty name": ({"siteName": ""}, "/siteName", "INVALID_VALUE"),
    "a blank name": ({"siteName": "   "}, "/siteName", "INVALID_VALUE"),
    "a name on two lines": ({"siteName": "one\ntwo"}, "/siteName", "INVALID_VALUE"),
    "a name with a control character": ({"siteName": "a\u0085b"}, "/siteName", "INVALID_VALUE"),
    "a name of 101 characters": ({"siteName": "x" * 101}, "/siteName", "INVALID_VALUE"),
    "a subdomain of two characters": ({"subdomain": "ab"}, "/subdomain", "INVALID_VALUE"),
    "a subdomain of 64 characters": ({"subdomain": "a" * 64}, "/subdomain", "INVALID_VALUE"),
    "a subdomain in capitals": ({"subdomain": "Shop"}, "/subdomain", "INVALID_VALUE"),
    "a subdomain that begins with a hyphen": ({"subdomain": "-shop"}, "/subdomain", "INVALID_VALUE"),
    "a subdomain that ends with a hyphen": ({"subdomain": "shop-"}, "/subdomain", "INVALID_VALUE"),
    "a subdomain with a dot": ({"subdomain": "my.shop"}, "/subdomain", "INVALID_VALUE"),
    "a subdomain with a newline at its end": ({"subdomain": "shop\n"}, "/subdomain", "INVALID_VALUE"),
    "a subdomain with a digit that is not ASCII": ({"subdomain": "shop-٣x"}, "/subdomain", "INVALID_VALUE"),
    "an unknown environment": ({"environment": "TEST"}, "/environment", "INVALID_VALUE"),
    "an environment in small letters": ({"environment": "dev"}, "/environment", "INVALID_VALUE"),
    "plugins that are no list": ({"plugins": "akismet"}, "/plugins", "INVALID_VALUE"),
    "a plugin that is no slug": ({"plugins": ["../etc"]}, "/plugins/0", "INVALID_VALUE"),
    "a plugin with a comma": ({"plugins": ["akismet", "a,b"]}, "/plugins/1", "INVALID_VALUE"),
    "twenty-one plugins": ({"plugins": [f"p{number}" for number in range(21)]}, "/plugins", "INVALID_VALUE"),
    "a tenant in the body": ({"tenantId": "globex"}, "/tenantId", "UNKNOWN_FIELD"),
    "a status": ({"status": "ACTIVE"}, "/status", "UNKNOWN_FIELD"),
}


@pytest.mark.parametrize(("part", "pointer", "code"), INVALID.values(), ids=INVALID)
def test_an_invalid_site_is_refused_and_what_is_wrong_is_pointed_at(
    world: OperationWorld, part: dict[str, Any], pointer: str, code: str
) -> None:
    answer = create_site(world, body=part)

    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]
    assert not world.table.of_type("SITE")


@pytest.mark.parametrize("part", [{"siteName": "ü" * 100}, {"subdomain": "a" * 63}, {"subdomain": "0-0"}, {"plugins": []}])
def test_the_bounds_themselves_are_taken(world: OperationWorld, part: dict[str, Any]) -> None:
    assert create_site(world, body=part).status == 202


def test_a_subdomain_is_taken_once_in_an_environment_across_all_tenants(world: OperationWorld) -> None:
    shop = {"subdomain": "shop"}
    create_site(world, body=shop)

    again = create_site(world, body=shop)
    of_another_tenant = create_site(world, body=shop, tenant="globex", caller=STAFF)
    elsewhere = create_site(world, body=shop | {"environment": "SIT"}, tenant="globex", caller=STAFF)

    assert problem(again) == problem(of_another_tenant) == (409, "SITE_003")
    assert elsewhere.status == 202
    assert "acme" not in of_another_tenant.json["detail"]


def test_a_subdomain_and_a_place_in_the_quota_stay_taken_until_the_site_is_gone(world: OperationWorld) -> None:
    shop = {"subdomain": "shop"}
    site_id = site_made(world, body=shop)
    carried_out(world, delete(world, site_id))
    deleted_softly = create_site(world, body=shop)
    carried_out(world, delete_for_good(world, site_id))

    gone = create_site(world, body=shop)

    assert problem(deleted_softly) == (409, "SITE_003")
    assert gone.status == 202
    assert world.count("QUOTA#DEV") == 1
    assert world.table.rows[subdomain_key(Environment.DEV, "shop")]["siteId"] == gone.json["siteId"]


@pytest.mark.parametrize(("tier", "quota"), [("BASIC", 5), (None, 10), ("STANDARD", 20), ("PREMIUM", 50)])
def test_a_tier_allows_so_many_sites_in_each_environment(world: OperationWorld, tier: str | None, quota: int) -> None:
    set_tenant(world, tier=tier)
    fill_quota(world, quota)

    one_more = create_site(world)
    elsewhere = create_site(world, body={"environment": "SIT"})

    assert problem(one_more) == (422, "SITE_004")
    named = {"currentSites": quota, "maxSites": quota} | ({"tier": tier} if tier else {})
    assert {name: one_more.json.get(name) for name in ("currentSites", "maxSites", "tier") if name in one_more.json} == named
    assert elsewhere.status == 202


def test_enterprise_has_no_quota(world: OperationWorld) -> None:
    set_tenant(world, tier="ENTERPRISE")
    fill_quota(world, 55)

    assert create_site(world).status == 202
    assert world.count("QUOTA#DEV") == 56


def test_a_lower_tier_than_before_takes_no_site_away_but_allows_no_more(world: OperationWorld) -> None:
    fill_quota(world, 7)
    set_tenant(world, tier="BASIC")

    answer = create_site(world)

    assert problem(answer) == (422, "SITE_004")
    assert (answer.json["currentSites"], answer.json["maxSites"]) == (7, 5)
    assert listed(world).json["count"] == 7


def test_a_failed_site_counts_until_it_is_deleted(world: OperationWorld) -> None:
    site_id = site_failed(world)
    counted = world.count("QUOTA#DEV")

    carried_out(world, delete_for_good(world, site_id))

    assert (counted, world.count("QUOTA#DEV")) == (1, 0)


@pytest.mark.parametrize(
    ("caller", "environment", "status"),
    [
        (USER, "DEV", 202),
        (COLLEAGUE, "SIT", 202),
        (USER, "PROD", 403),
        (claims(), "PROD", 202),
        (STAFF, "PROD", 202),
        (VIEWER, "DEV", 403),
        (claims(groups=""), "DEV", 403),
        (claims(**{"custom:tenantRoles": "acme:OPERATOR"}), "PROD", 403),
    ],
)
def test_users_create_outside_prod_and_viewers_never(
    world: OperationWorld, caller: dict[str, str], environment: str, status: int
) -> None:
    answer = create_site(world, body={"environment": environment}, caller=caller)

    assert answer.status == status
    assert status == 202 or problem(answer) == (403, "FORBIDDEN")


@pytest.mark.parametrize("tenant", ["globex", "nowhere"])
def test_a_tenant_that_is_not_the_callers_is_denied_whether_or_not_it_exists(world: OperationWorld, tenant: str) -> None:
    assert problem(create_site(world, tenant=tenant)) == (403, "TENANT_ACCESS_DENIED")


def test_staff_learn_that_a_tenant_does_not_exist(world: OperationWorld) -> None:
    assert problem(create_site(world, tenant="nowhere", caller=STAFF)) == (404, "TENANT_NOT_FOUND")


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
def test_a_tenant_that_is_not_active_gets_no_site(world: OperationWorld, status: str) -> None:
    set_tenant(world, status=status)

    assert problem(create_site(world)) == (422, "TENANT_NOT_ACTIVE")


def test_a_tenant_that_is_suspended_just_before_the_commit_gets_no_site(world: OperationWorld) -> None:
    world.table.before_commit = lambda: set_tenant(world, status="SUSPENDED")

    assert problem(create_site(world)) == (422, "TENANT_NOT_ACTIVE")
    assert not world.table.of_type("OPERATION")


def test_the_twenty_first_unfinished_operation_has_to_wait(world: OperationWorld) -> None:
    set_tenant(world, tier="PREMIUM")
    waiting = [create_site(world).json["operationId"] for _ in range(20)]

    one_more = create_site(world)
    cancel(world, waiting[0])
    later = create_site(world)

    assert problem(one_more) == (429, "RATE_LIMITED")
    assert one_more.headers["Retry-After"] == "30"
    assert (one_more.json["retryable"], later.status) == (True, 202)


def test_unfinished_operations_of_one_tenant_keep_no_other_waiting(world: OperationWorld) -> None:
    for _ in range(20):
        create_site(world)

    assert create_site(world, tenant="globex", caller=STAFF).status == 202


def test_the_same_key_gets_the_first_answer_again_and_makes_one_site(world: OperationWorld) -> None:
    body = {"subdomain": "shop", "siteName": "Shop"}
    first = create_site(world, body=body, headers=KEY)
    world.run()

    second = create_site(world, body=body, headers=KEY)

    assert (second.status, second.text) == (202, first.text)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.headers["Location"], second.headers["Retry-After"]) == (first.headers["Location"], "2")
    assert len(world.table.of_type("SITE")) == len(world.table.of_type("OPERATION")) == 1


def test_the_same_key_with_another_body_is_refused(world: OperationWorld) -> None:
    create_site(world, body={"subdomain": "one-shop"}, headers=KEY)

    assert problem(create_site(world, body={"subdomain": "two-shops"}, headers=KEY)) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_full_queue_of_operations_is_not_kept_under_the_key(world: OperationWorld) -> None:
    body = {"subdomain": "shop", "siteName": "Shop"}
    waiting = [create_site(world).json["operationId"] for _ in range(20)]
    set_tenant(world, tier="PREMIUM")
    refused = create_site(world, body=body, headers=KEY)
    cancel(world, waiting[0])

    answer = create_site(world, body=body, headers=KEY)

    assert (refused.status, answer.status, "Idempotency-Replayed" in answer.headers) == (429, 202, False)


def test_a_refusal_for_good_is_kept_under_the_key(world: OperationWorld) -> None:
    body = {"subdomain": "shop", "siteName": "Shop"}
    create_site(world, body=body)

    answers: list[Answer] = [create_site(world, body=body, headers=KEY) for _ in range(2)]

    assert [problem(answer) for answer in answers] == [(409, "SITE_003")] * 2
    assert ["Idempotency-Replayed" in answer.headers for answer in answers] == [False, True]
