"""Calling an operation off before it begins, and trying a failed one again."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.wordpress.port import WordPressTimeout
from tests.runtime.fakes import claims
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    COLLEAGUE,
    STAFF,
    USER,
    VIEWER,
    accepted,
    break_jobs,
    cancel,
    carried_out,
    delete,
    delete_for_good,
    get,
    get_operation,
    outcome,
    restore,
    retry,
    set_tenant,
    site_deleted_softly,
    update,
)
from tests.runtime.stories import problem

KEY = {"Idempotency-Key": "a key"}


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def claimed(world: OperationWorld) -> str:
    """An operation that a worker is at; its id."""
    world.maintenance.looks = 99
    operation_id = accepted(create_site(world))
    world.dispatch()
    world.consume("creation")
    return operation_id


def failed(world: OperationWorld, *, for_good: bool = False, **options: Any) -> str:
    """A creation that failed; its id."""
    break_jobs(world, for_good=for_good)
    return carried_out(world, create_site(world, **options))


# --- calling off


def test_a_creation_that_is_called_off_leaves_a_failed_site(world: OperationWorld) -> None:
    operation_id = accepted(create_site(world))

    answer = cancel(world, operation_id)
    world.run()

    assert (answer.status, answer.json["status"], answer.json["completedAt"]) == (
        200,
        "CANCELLED",
        "2026-11-23T09:30:15.250Z",
    )
    assert "Retry-After" not in answer.headers
    assert get_operation(world, operation_id).json == answer.json
    assert get(world, world.operation(operation_id).site_id).json["status"] == "FAILED"
    assert (world.wordpress.installed, world.count("UNFINISHED")) == ({}, 0)
    assert world.event_names == ["SITE_CREATION_CANCELLED"]


@pytest.mark.parametrize("status", ["ACTIVE", "SUSPENDED"])
@pytest.mark.parametrize("change", [delete, delete_for_good, lambda world, site_id: update(world, site_id, siteName="Other")])
def test_a_change_that_is_called_off_leaves_the_site_as_it_was(world: OperationWorld, change: Any, status: str) -> None:
    site_id = site_made(world)
    if status == "SUSPENDED":
        carried_out(world, update(world, site_id, status="SUSPENDED"))
    before, effects = get(world, site_id).json, dict(world.wordpress.effects)

    cancel(world, accepted(change(world, site_id)))
    world.run()

    after = get(world, site_id).json
    assert {name: after[name] for name in ("status", "siteName")} == {"status": status, "siteName": before["siteName"]}
    assert after["_links"].keys() == before["_links"].keys()
    assert world.wordpress.effects == effects


def test_a_restore_that_is_called_off_leaves_the_site_restorable(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)

    cancel(world, accepted(restore(world, site_id)))

    assert outcome(restore(world, site_id)) is None


@pytest.mark.parametrize(
    ("making", "status"),
    [
        (claimed, "IN_PROGRESS"),
        (lambda world: carried_out(world, create_site(world)), "COMPLETED"),
        (failed, "FAILED"),
        (lambda world: cancel(world, accepted(create_site(world))).json["operationId"], "CANCELLED"),
    ],
)
def test_only_what_has_not_begun_can_be_called_off(world: OperationWorld, making: Any, status: str) -> None:
    answer = cancel(world, making(world))

    assert problem(answer) == (422, "INVALID_STATE")
    assert (answer.json["currentStatus"], answer.json["allowedTransitions"]) == (status, [])


def test_a_tenant_that_is_not_active_can_call_off(world: OperationWorld) -> None:
    operation_id = accepted(create_site(world))
    set_tenant(world, status="SUSPENDED")

    assert cancel(world, operation_id).json["status"] == "CANCELLED"


def test_calling_off_is_repeated_in_word_only(world: OperationWorld) -> None:
    operation_id = accepted(create_site(world))

    first, second = cancel(world, operation_id, headers=KEY), cancel(world, operation_id, headers=KEY)
    world.run()

    assert (second.text, second.headers["Idempotency-Replayed"]) == (first.text, "true")
    assert world.event_names == ["SITE_CREATION_CANCELLED"]
    assert world.count("UNFINISHED") == 0


def test_the_same_key_for_another_operation_is_refused(world: OperationWorld) -> None:
    one, two = accepted(create_site(world)), accepted(create_site(world))
    cancel(world, one, headers=KEY)

    assert problem(cancel(world, two, headers=KEY)) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_stale_tag_calls_nothing_off_and_a_fresh_one_does(world: OperationWorld) -> None:
    operation_id = failed(world)
    before = get_operation(world, operation_id).headers["ETag"]
    accepted(retry(world, operation_id))
    after = get_operation(world, operation_id).headers["ETag"]

    assert problem(cancel(world, operation_id, headers={"If-Match": before})) == (412, "PRECONDITION_FAILED")
    assert cancel(world, operation_id, headers={"If-Match": after}).status == 200


# --- trying again


def test_a_failed_creation_tried_again_comes_to_be_with_the_steps_that_were_done_staying_done(world: OperationWorld) -> None:
    world.agent.faults = [WordPressTimeout("WordPress did not answer in time.")] * 3
    operation_id = carried_out(world, create_site(world))
    before = get_operation(world, operation_id).json

    answer = retry(world, operation_id)
    during = get(world, before["siteId"]).json["status"]
    world.run()

    after = get_operation(world, operation_id).json
    assert (before["status"], before["error"]["code"], before["progress"]) == ("FAILED", "WP_002", 50)
    assert (answer.status, answer.json["status"], answer.json["attempts"]) == (202, "PENDING", 0)
    assert (answer.headers["Location"], answer.headers["Retry-After"]) == (f"/operations/{operation_id}", "2")
    assert (answer.json["progress"], "error" in answer.json, "completedAt" in answer.json) == (50, False, False)
    assert [step["status"] for step in answer.json["steps"]] == ["COMPLETED", "PENDING"]
    assert answer.json["steps"][0] == after["steps"][0] == before["steps"][0]
    assert during == "PROVISIONING"
    assert (after["status"], after["progress"], after["attempts"]) == ("COMPLETED", 100, 1)
    assert get(world, before["siteId"]).json["status"] == "ACTIVE"
    assert world.wordpress.effects == {"install": 1}
    assert world.event_names == ["SITE_CREATION_FAILED", "SITE_CREATION_COMPLETE"]
    assert world.count("UNFINISHED") == 0


@pytest.mark.parametrize(
    ("making", "status"),
    [
        (lambda world: accepted(create_site(world)), "PENDING"),
        (claimed, "IN_PROGRESS"),
        (lambda world: carried_out(world, create_site(world)), "COMPLETED"),
        (lambda world: failed(world, for_good=True), "FAILED"),
        (lambda world: cancel(world, accepted(create_site(world))).json["operationId"], "CANCELLED"),
    ],
)
def test_only_what_failed_and_may_succeed_another_time_can_be_tried_again(
    world: OperationWorld, making: Any, status: str
) -> None:
    answer = retry(world, making(world))

    assert problem(answer) == (422, "INVALID_STATE")
    assert answer.json["currentStatus"] == status


def test_what_failed_cannot_be_tried_again_while_another_operation_is_at_work(world: OperationWorld) -> None:
    site_id = site_made(world)
    break_jobs(world)
    operation_id = carried_out(world, update(world, site_id, status="SUSPENDED"))
    at_work = accepted(update(world, site_id, siteName="Other"))

    answer = retry(world, operation_id)

    assert problem(answer) == (409, "OPERATION_IN_PROGRESS")
    assert answer.json["_links"]["blockedBy"]["href"] == f"/operations/{at_work}"


def test_what_failed_cannot_be_tried_again_once_the_site_has_changed(world: OperationWorld) -> None:
    creation = failed(world)
    carried_out(world, delete(world, world.operation(creation).site_id))
    site_id = site_made(world)
    break_jobs(world)
    deletion = carried_out(world, delete(world, site_id))
    carried_out(world, restore(world, site_id))
    break_jobs(world)
    change = carried_out(world, update(world, site_id, status="SUSPENDED"))
    carried_out(world, delete_for_good(world, site_id))

    answers = [retry(world, operation_id) for operation_id in (creation, deletion, change)]

    assert [problem(answer) for answer in answers] == [(422, "SITE_005")] * 3


def test_a_failed_deletion_tried_again_deletes(world: OperationWorld) -> None:
    site_id = site_made(world)
    break_jobs(world)
    operation_id = carried_out(world, delete_for_good(world, site_id))

    carried_out(world, retry(world, operation_id))

    assert (world.site(site_id).status, world.count("QUOTA#DEV")) == ("DELETED", 0)


def test_a_failed_restore_tried_again_restores(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    break_jobs(world)
    operation_id = carried_out(world, restore(world, site_id))

    carried_out(world, retry(world, operation_id))

    assert (world.site(site_id).status, world.wordpress.installed[site_id].offline) == ("ACTIVE", None)


def test_a_tenant_that_is_not_active_tries_nothing_again(world: OperationWorld) -> None:
    operation_id = failed(world)
    set_tenant(world, status="SUSPENDED")

    assert problem(retry(world, operation_id)) == (422, "TENANT_NOT_ACTIVE")


def test_a_tenant_with_twenty_unfinished_operations_tries_nothing_again_for_now(world: OperationWorld) -> None:
    set_tenant(world, tier="PREMIUM")
    operation_id = failed(world)
    for _ in range(20):
        create_site(world)

    answer = retry(world, operation_id)

    assert (problem(answer), answer.headers["Retry-After"]) == ((429, "RATE_LIMITED"), "30")
    assert world.operation(operation_id).status == "FAILED"


def test_trying_again_is_repeated_in_word_only(world: OperationWorld) -> None:
    operation_id = failed(world)

    first = retry(world, operation_id, headers=KEY)
    world.run()
    second = retry(world, operation_id, headers=KEY)

    assert (second.status, second.text, second.headers["Idempotency-Replayed"]) == (202, first.text, "true")
    assert world.operation(operation_id).run == 2


def test_what_is_tried_again_can_fail_again_and_be_tried_again(world: OperationWorld) -> None:
    operation_id = failed(world)
    break_jobs(world)
    carried_out(world, retry(world, operation_id))
    again = get_operation(world, operation_id).json

    carried_out(world, retry(world, operation_id))

    assert (again["status"], again["attempts"]) == ("FAILED", 3)
    assert (world.operation(operation_id).status, world.operation(operation_id).run) == ("COMPLETED", 3)


def test_a_body_that_says_something_is_refused(world: OperationWorld) -> None:
    operation_id = accepted(create_site(world))

    assert problem(cancel(world, operation_id, body={"reason": "x"})) == (400, "VALIDATION_ERROR")
    assert problem(retry(world, operation_id, body={"steps": []})) == (400, "VALIDATION_ERROR")
    assert cancel(world, operation_id, body={}).status == 200


DEMOTED = claims(email="user@acme.test", groups="VIEWER")
CALLERS = {
    "ADMIN": (claims(), 200),
    "STAFF": (STAFF, 200),
    "USER who started it": (USER, 200),
    "another OPERATOR": (COLLEAGUE, 403),
    "VIEWER": (VIEWER, 403),
    "VIEWER who started it as USER": (DEMOTED, 403),
}


@pytest.mark.parametrize(("caller", "status"), CALLERS.values(), ids=CALLERS)
def test_administrators_steer_every_operation_and_users_those_they_started(
    world: OperationWorld, caller: dict[str, str], status: int
) -> None:
    begun, ended = failed(world, caller=USER), accepted(create_site(world, caller=USER))

    answers = [retry(world, begun, caller=caller), cancel(world, ended, caller=caller)]

    assert [answer.status for answer in answers] == ([202, 200] if status == 200 else [403, 403])
    assert status == 200 or {outcome(answer) for answer in answers} == {"FORBIDDEN"}


def test_a_restore_that_failed_is_not_tried_again_when_the_data_is_no_longer_kept(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    break_jobs(world)
    operation_id = carried_out(world, restore(world, site_id))
    world.move(days=30)

    shown = get_operation(world, operation_id).json["_unavailable"]["retry"]["code"]

    assert (shown, problem(retry(world, operation_id))) == ("SITE_005", (422, "SITE_005"))
