"""Changing a site: its name, and whether it is online."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.operations.domain import OperationStatus
from runtime.wordpress.port import WordPressFault
from tests.runtime.fakes import Answer
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    COLLEAGUE,
    STAFF,
    USER,
    VIEWER,
    accepted,
    break_jobs,
    carried_out,
    delete,
    get,
    get_operation,
    outcome,
    restore,
    set_tenant,
    site_deleted_softly,
    site_failed,
    update,
)
from tests.runtime.stories import problem


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def test_a_rename_is_an_operation_that_gives_wordpress_and_the_site_the_new_name(world: OperationWorld) -> None:
    site_id = site_made(world)

    answer = update(world, site_id, siteName="The other shop")

    before = get(world, site_id).json
    operation_id = carried_out(world, answer)
    assert answer.headers["Location"] == f"/operations/{operation_id}"
    assert answer.json["operationType"] == "SITE_UPDATE"
    assert (before["siteName"], before["status"]) == ("Shop 1", "ACTIVE")
    assert get(world, site_id).json["siteName"] == world.wordpress.installed[site_id].title == "The other shop"
    assert [step.name for step in world.operation(operation_id).steps] == ["rename"]


def test_a_site_is_taken_offline_and_brought_back(world: OperationWorld) -> None:
    site_id = site_made(world)

    carried_out(world, update(world, site_id, status="SUSPENDED"))
    suspended = get(world, site_id).json["status"], world.wordpress.installed[site_id].offline
    carried_out(world, update(world, site_id, status="ACTIVE"))
    active = get(world, site_id).json["status"], world.wordpress.installed[site_id].offline

    assert suspended == ("SUSPENDED", "suspended")
    assert active == ("ACTIVE", None)


def test_both_can_be_asked_at_once(world: OperationWorld) -> None:
    site_id = site_made(world)

    operation_id = carried_out(world, update(world, site_id, siteName="Closed", status="SUSPENDED"))

    assert [step.name for step in world.operation(operation_id).steps] == ["rename", "suspend"]
    assert (world.site(site_id).site_name, world.site(site_id).status) == ("Closed", "SUSPENDED")


@pytest.mark.parametrize("body", [{"siteName": "Shop 1"}, {"status": "ACTIVE"}, {"siteName": " Shop 1 ", "status": "ACTIVE"}])
def test_a_site_that_is_so_already_is_given_and_no_operation_made(world: OperationWorld, body: dict[str, Any]) -> None:
    site_id = site_made(world)
    before = get(world, site_id)

    answer = update(world, site_id, **body)

    assert (answer.status, answer.json, answer.headers["ETag"]) == (200, before.json, before.headers["ETag"])
    assert "Location" not in answer.headers
    assert len(world.table.of_type("OPERATION")) == 1


def test_of_two_things_asked_only_what_is_not_so_already_is_done(world: OperationWorld) -> None:
    site_id = site_made(world)

    operation_id = carried_out(world, update(world, site_id, siteName="Shop 1", status="SUSPENDED"))

    assert [step.name for step in world.operation(operation_id).steps] == ["suspend"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"siteName": None}, ""),
        ({"siteName": " "}, "/siteName"),
        ({"siteName": "x" * 101}, "/siteName"),
        ({"status": "FAILED"}, "/status"),
        ({"status": "DELETED"}, "/status"),
        ({"subdomain": "other"}, "/subdomain"),
        ({"siteName": "Other", "environment": "PROD"}, "/environment"),
    ],
)
def test_an_invalid_change_is_refused(world: OperationWorld, body: dict[str, Any], pointer: str) -> None:
    answer = update(world, site_made(world), **body)

    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


@pytest.mark.parametrize("making", [site_failed, site_deleted_softly])
def test_only_a_site_that_is_active_or_suspended_can_be_changed(world: OperationWorld, making: Any) -> None:
    site_id = making(world)

    answer = update(world, site_id, siteName="Other")

    assert problem(answer) == (422, "SITE_005")
    assert answer.json["currentStatus"] == get(world, site_id).json["status"]


def test_while_an_operation_is_at_work_every_other_has_to_wait(world: OperationWorld) -> None:
    created = create_site(world)
    site_id = created.json["siteId"]

    answers = [update(world, site_id, siteName="Other"), delete(world, site_id), restore(world, site_id)]

    assert [problem(answer) for answer in answers] == [(409, "OPERATION_IN_PROGRESS")] * 3
    assert {answer.json["_links"]["blockedBy"]["href"] for answer in answers} == {created.headers["Location"]}
    assert len(world.table.of_type("OPERATION")) == 1


def test_a_tenant_that_is_not_active_changes_nothing(world: OperationWorld) -> None:
    site_id = site_made(world)
    set_tenant(world, status="SUSPENDED")

    assert problem(update(world, site_id, siteName="Other")) == (422, "TENANT_NOT_ACTIVE")


def test_a_tag_from_before_somebodys_change_is_stale(world: OperationWorld) -> None:
    site_id = site_made(world)
    seen = get(world, site_id).headers["ETag"]
    carried_out(world, update(world, site_id, siteName="Other"))

    answers = [update(world, site_id, siteName="Mine", options={"headers": {"If-Match": tag}}) for tag in (seen, '"v0"', "x")]

    assert [problem(answer) for answer in answers] == [(412, "PRECONDITION_FAILED")] * 3
    assert world.site(site_id).site_name == "Other"


def test_a_tag_that_only_the_end_of_the_own_change_moved_on_still_matches(world: OperationWorld) -> None:
    site_id = site_made(world)
    answer = update(world, site_id, siteName="Other")
    during = get(world, site_id).headers["ETag"]
    carried_out(world, answer)

    assert update(world, site_id, siteName="Next", options={"headers": {"If-Match": during}}).status == 202


def test_a_stale_tag_is_told_before_what_the_state_forbids(world: OperationWorld) -> None:
    site_id = site_made(world)
    accepted(update(world, site_id, siteName="Other"))

    answer = update(world, site_id, siteName="Mine", options={"headers": {"If-Match": '"v1"'}})

    assert problem(answer) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize(
    ("caller", "own", "of_another", "own_on_prod"),
    [
        ({}, None, None, None),
        (STAFF, None, None, None),
        (USER, None, "FORBIDDEN", "FORBIDDEN"),
        (COLLEAGUE, None, "FORBIDDEN", "FORBIDDEN"),
        (VIEWER, "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"),
    ],
    ids=["ADMIN", "STAFF", "USER", "OPERATOR", "VIEWER"],
)
def test_users_change_what_they_made_outside_prod_and_administrators_everything(
    world: OperationWorld, caller: dict[str, str], own: str | None, of_another: str | None, own_on_prod: str | None
) -> None:
    asking: dict[str, Any] = {"caller": caller} if caller else {}
    site_ids = site_made(world), site_made(world), site_made(world, body={"environment": "PROD"})
    for site_id in (site_ids[0], site_ids[2]):
        key = next(key for key in world.table.rows if key.sk == f"SITE#{site_id}")
        world.table.rows[key]["createdBy"] = caller.get("sub", "sub-admin@acme.test")

    changes: list[Any] = [
        lambda site_id: update(world, site_id, siteName="Other", options=asking),
        lambda site_id: delete(world, site_id, **asking),
        lambda site_id: restore(world, site_id, **asking),
    ]

    for change in changes:
        answers: list[Answer] = [change(site_id) for site_id in site_ids]
        assert [outcome(answer) for answer in answers] == [own, of_another, own_on_prod]
        world.run()


def test_a_change_that_failed_leaves_the_site_as_it_was_and_free(world: OperationWorld) -> None:
    site_id = site_made(world)
    break_jobs(world)

    operation_id = carried_out(world, update(world, site_id, status="SUSPENDED"))

    assert get_operation(world, operation_id).json["status"] == OperationStatus.FAILED
    assert (world.site(site_id).status, world.site(site_id).active_operation) == ("ACTIVE", None)
    carried_out(world, update(world, site_id, status="SUSPENDED"))
    assert world.site(site_id).status == "SUSPENDED"


def test_a_fault_of_wordpress_that_passes_is_not_seen(world: OperationWorld) -> None:
    site_id = site_made(world)
    world.agent.faults = [WordPressFault("WordPress does not answer.")] * 2

    operation_id = carried_out(world, update(world, site_id, siteName="Other"))

    assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("COMPLETED", 3)
