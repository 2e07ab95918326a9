"""Cloning: a new site with the content of another, which is only read and locked meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runtime.operations.wordpress import refused
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.sites.asking import (
    COLLEAGUE,
    STAFF,
    USER,
    VIEWER,
    accepted,
    break_jobs,
    cancel,
    carried_out,
    clone,
    delete,
    get,
    get_operation,
    outcome,
    retry,
    set_tenant,
    site_suspended,
    text_of,
    update,
    write,
)


def test_a_copy_is_a_site_of_its_own_with_the_content_of_its_source() -> None:
    world = OperationWorld()
    source = site_made(world)
    write(world, source, "our catalogue")

    answer = clone(world, source)
    copy = answer.json["siteId"]
    world.run()

    assert (answer.json["operationType"], answer.headers["Location"]) == (
        "SITE_CLONE", f"/operations/{answer.json['operationId']}"
    )  # fmt: skip
    site = world.site(copy)
    assert (site.status, site.environment, site.site_name, site.cloned_from) == ("ACTIVE", "DEV", "The copy", source)
    assert (site.url, site.wordpress_version) == ("https://copy.dev.sites.example", "7.1.1")
    assert (text_of(world, copy), world.wordpress.installed[copy].title) == ("our catalogue", "The copy")


def test_source_and_copy_lead_to_one_another_and_so_does_the_operation() -> None:
    world = OperationWorld()
    source = site_made(world)
    operation = clone(world, source).json
    world.run()

    copy = get(world, operation["siteId"]).json

    assert copy["clonedFrom"] == source
    assert copy["_links"]["source"]["href"] == f"/tenants/acme/sites/{source}"
    assert operation["_links"]["source"]["href"] == f"/tenants/acme/sites/{source}"
    assert operation["_links"]["resource"]["href"] == f"/tenants/acme/sites/{operation['siteId']}"


@pytest.mark.parametrize("environment", ["DEV", "SIT"])
def test_a_copy_is_for_what_was_asked(environment: str) -> None:
    world = OperationWorld()
    source = site_made(world, body={"environment": "PROD"})

    copy = clone(world, source, targetEnvironment=environment).json["siteId"]

    assert world.site(copy).environment == environment


@pytest.mark.parametrize("body", [{"targetEnvironment": "PROD"}, {}], ids=["asked for", "by default"])
def test_no_copy_begins_on_prod(body: dict[str, Any]) -> None:
    world = OperationWorld()
    source = site_made(world, body={"environment": "PROD"})

    assert outcome(clone(world, source, **body)) == "SITE_006"


def test_only_an_active_site_is_copied() -> None:
    world = OperationWorld()
    source = site_suspended(world)

    answer = clone(world, source)

    assert (outcome(answer), answer.json["currentStatus"]) == ("SITE_005", "SUSPENDED")


def test_a_copy_needs_a_free_subdomain_and_a_place_in_the_quota() -> None:
    world = OperationWorld()
    source = site_made(world, body={"subdomain": "taken"})
    set_tenant(world, tier="BASIC")

    taken = clone(world, source, subdomain="taken")
    copies = [carried_out(world, clone(world, source, subdomain=f"copy-{number}")) for number in range(4)]
    full = clone(world, source, subdomain="one-more")

    assert outcome(taken) == "SITE_003"
    assert len(copies) == 4
    assert (outcome(full), full.json["currentSites"], full.json["maxSites"]) == ("SITE_004", 5, 5)


@pytest.mark.parametrize(
    ("caller", "code"), [(USER, None), (COLLEAGUE, None), (STAFF, None), (VIEWER, "FORBIDDEN")],
    ids=["whoever made it", "another user", "staff", "viewer"],
)  # fmt: skip
def test_users_may_copy_any_site_of_their_tenant(caller: dict[str, str], code: str | None) -> None:
    world = OperationWorld()
    source = site_made(world, caller=USER)

    assert outcome(clone(world, source, options={"caller": caller})) == code


def test_while_a_site_is_copied_neither_it_nor_the_copy_is_changed() -> None:
    world = OperationWorld()
    source = site_made(world)
    answer = clone(world, source)

    blocked = [
        delete(world, source), update(world, source, siteName="Other"), clone(world, source, subdomain="another"),
        delete(world, answer.json["siteId"]),
    ]  # fmt: skip

    operation = {"href": f"/operations/{accepted(answer)}"}
    assert [(outcome(each), each.json["_links"]["blockedBy"]) for each in blocked] == [("OPERATION_IN_PROGRESS", operation)] * 4
    world.run()
    assert outcome(delete(world, source)) is None


def test_a_copy_that_failed_frees_its_source_and_can_be_tried_again() -> None:
    world = OperationWorld()
    source = site_made(world)
    break_jobs(world)
    operation_id = carried_out(world, clone(world, source))
    operation = world.operation(operation_id)
    failed = (operation.status, world.site(operation.site_id).status, world.site(source).active_operation)

    carried_out(world, retry(world, operation_id))

    assert failed == ("FAILED", "FAILED", None)
    assert (world.operation(operation_id).status, world.site(operation.site_id).status) == ("COMPLETED", "ACTIVE")
    assert world.site(source).active_operation is None


def test_a_copy_that_failed_waits_for_its_source_to_be_tried_again() -> None:
    world = OperationWorld()
    source = site_made(world)
    break_jobs(world)
    operation_id = carried_out(world, clone(world, source))
    carried_out(world, update(world, source, status="SUSPENDED"))

    document = get_operation(world, operation_id).json

    assert document["_unavailable"]["retry"]["code"] == "SITE_005"
    assert outcome(retry(world, operation_id)) == "SITE_005"


def test_a_copy_that_wordpress_refuses_says_why_and_is_not_tried_again() -> None:
    world = OperationWorld()
    source = site_made(world)
    world.maintenance.faults = [refused("The address belongs to another site.")]

    document = get_operation(world, carried_out(world, clone(world, source))).json

    assert document["error"] == {"code": "WP_001", "detail": "The address belongs to another site.", "retryable": False}


def test_a_copy_that_was_called_off_frees_its_source() -> None:
    world = OperationWorld()
    source = site_made(world)
    operation_id = accepted(clone(world, source))

    assert outcome(cancel(world, operation_id)) is None

    assert world.site(source).active_operation is None
    assert world.site(world.operation(operation_id).site_id).status == "FAILED"
