"""The end of a site: softly, which can be undone for 30 days, and for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.sites.asking import (
    accepted,
    break_jobs,
    cancel,
    carried_out,
    delete,
    delete_for_good,
    get,
    outcome,
    restore,
    retry,
    set_tenant,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_suspended,
    update,
)
from tests.runtime.stories import problem

KEY = {"Idempotency-Key": "a key"}


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def test_a_deletion_takes_the_site_offline_after_a_backup_and_keeps_its_data(world: OperationWorld) -> None:
    site_id = site_made(world)

    answer = delete(world, site_id)

    during = get(world, site_id).json
    operation_id = carried_out(world, answer)
    after = get(world, site_id).json
    assert (answer.status, answer.json["operationType"]) == (202, "SITE_DELETION")
    assert [step.name for step in world.operation(operation_id).steps] == ["backup", "offline"]
    assert (during["status"], during.get("restorableUntil")) == ("DEPROVISIONING", None)
    assert (after["status"], after["restorableUntil"]) == ("DEPROVISIONING", "2026-12-23T09:30:15.250Z")
    assert world.wordpress.installed[site_id].offline == "deleted"
    assert world.wordpress.installed[site_id].backups.keys() == {operation_id}
    assert (world.count("QUOTA#DEV"), len(world.table.of_type("SUBDOMAIN"))) == (1, 1)


def test_a_deletion_for_good_removes_the_site_after_a_backup_and_frees_what_it_held(world: OperationWorld) -> None:
    site_id = site_made(world)

    operation_id = carried_out(world, delete_for_good(world, site_id))

    assert [step.name for step in world.operation(operation_id).steps] == ["backup", "remove"]
    assert world.wordpress.effects["backup"] == 1
    assert get(world, site_id).json["status"] == "DELETED"
    assert site_id not in world.wordpress.installed
    assert (world.count("QUOTA#DEV"), len(world.table.of_type("SUBDOMAIN"))) == (0, 0)


def test_a_deleted_site_shows_as_deleted_for_ninety_days(world: OperationWorld) -> None:
    site_deleted_for_good(world)

    (row,) = world.table.of_type("SITE")

    assert row["ttl"] == int((world.clock + timedelta(days=90)).timestamp())


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("hard=true&confirm=Shop%201", None),
        ("hard=true", {"confirm": "Shop 1"}),
        ("hard=true&confirm=wrong", {"confirm": "Shop 1"}),
        ("hard=true&confirm=Shop%201", {}),
    ],
    ids=["in the query", "in the body", "in the body before the query", "in the query beside an empty body"],
)
def test_the_consent_may_stand_in_the_query_or_in_the_body(world: OperationWorld, query: str, body: Any) -> None:
    site_id = site_made(world)

    carried_out(world, delete(world, site_id, query, body=body))

    assert world.site(site_id).status == "DELETED"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("hard=true", None),
        ("hard=true", {}),
        ("hard=true&confirm=", None),
        ("hard=true&confirm=shop%201", None),
        ("hard=true&confirm=Shop%201%20", None),
        ("hard=true", {"confirm": "Shop"}),
        ("hard=true&confirm=Shop%201", {"confirm": "Shop"}),
        ("hard=true", {"confirm": None}),
    ],
)
def test_without_the_sites_very_name_nothing_is_deleted_for_good(world: OperationWorld, query: str, body: Any) -> None:
    site_id = site_made(world)

    answer = delete(world, site_id, query, body=body)

    assert problem(answer) == (400, "SITE_001")
    assert world.site(site_id).status == "ACTIVE"


def test_a_soft_deletion_asks_for_no_consent_and_takes_one_all_the_same(world: OperationWorld) -> None:
    site_id = site_made(world)

    carried_out(world, delete(world, site_id, "hard=false", body={"confirm": "whatever"}))

    assert world.site(site_id).status == "DEPROVISIONING"


@pytest.mark.parametrize(
    ("query", "body", "pointer"),
    [
        ("hard=yes", None, "?hard"),
        ("hard=", None, "?hard"),
        ("force=true", None, "?force"),
        ("", {"confirm": 7}, "/confirm"),
        ("", {"hard": True}, "/hard"),
        ("", "[]", ""),
        ("", "{", ""),
    ],
)
def test_an_invalid_deletion_is_refused(world: OperationWorld, query: str, body: Any, pointer: str) -> None:
    answer = delete(world, site_made(world), query, body=body)

    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_a_body_that_is_no_json_or_too_large_is_refused(world: OperationWorld) -> None:
    site_id = site_made(world)

    answers = [
        delete(world, site_id, body="confirm=Shop 1", headers={"Content-Type": "text/plain"}),
        delete(world, site_id, body=" " * (32 * 1024 + 1)),
    ]

    assert [problem(answer) for answer in answers] == [(415, "UNSUPPORTED_MEDIA_TYPE"), (413, "PAYLOAD_TOO_LARGE")]


@pytest.mark.parametrize("making", [site_made, site_suspended, site_failed])
@pytest.mark.parametrize("end", [delete, delete_for_good])
def test_what_is_active_suspended_or_failed_can_be_deleted(world: OperationWorld, making: Any, end: Any) -> None:
    site_id = making(world)

    carried_out(world, end(world, site_id))

    assert world.site(site_id).status == ("DELETED" if end is delete_for_good else "DEPROVISIONING")


@pytest.mark.parametrize(
    ("making", "end", "code"),
    [
        (site_deleted_softly, delete, "SITE_005"),
        (site_deleted_softly, delete_for_good, None),
        (site_deleted_for_good, delete, "SITE_005"),
        (site_deleted_for_good, delete_for_good, "SITE_005"),
        (site_deleted_for_good, restore, "SITE_005"),
        (site_made, restore, "SITE_005"),
        (site_suspended, restore, "SITE_005"),
        (site_failed, restore, "SITE_005"),
    ],
)
def test_a_deletion_and_a_restore_ask_for_their_state(world: OperationWorld, making: Any, end: Any, code: str | None) -> None:
    assert outcome(end(world, making(world))) == code


@pytest.mark.parametrize("making", [site_made, site_suspended])
def test_a_restored_site_is_what_it_was(world: OperationWorld, making: Any) -> None:
    site_id = making(world)
    before = world.site(site_id), world.wordpress.installed[site_id].offline
    carried_out(world, delete(world, site_id))
    world.move(days=29, hours=23)

    answer = restore(world, site_id)

    during = get(world, site_id).json["status"]
    carried_out(world, answer)
    after = world.site(site_id)
    assert (answer.json["operationType"], during) == ("SITE_RESTORE", "DEPROVISIONING")
    assert (after.status, world.wordpress.installed[site_id].offline) == (before[0].status, before[1])
    assert (after.status_before, after.restorable_until) == (None, None)
    assert not world.table.of_type("PURGE")


@pytest.mark.parametrize(("before_the_end", "code"), [(0.001, None), (0, "SITE_005"), (-86400, "SITE_005")])
def test_a_site_can_be_restored_for_thirty_days(world: OperationWorld, before_the_end: float, code: str | None) -> None:
    site_id = site_deleted_softly(world)
    world.move(days=30, seconds=-before_the_end)

    assert outcome(restore(world, site_id)) == code


def test_a_site_that_failed_before_it_was_deleted_cannot_be_restored(world: OperationWorld) -> None:
    site_id = site_failed(world)
    carried_out(world, delete(world, site_id))

    assert problem(restore(world, site_id)) == (422, "SITE_005")


def test_a_restored_site_can_be_deleted_and_restored_again_with_thirty_new_days(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    world.move(days=20)
    carried_out(world, restore(world, site_id))
    carried_out(world, delete(world, site_id))
    world.move(days=29)

    carried_out(world, restore(world, site_id))

    assert world.site(site_id).status == "ACTIVE"


def test_a_deletion_that_is_called_off_never_was(world: OperationWorld) -> None:
    site_id = site_suspended(world)
    operation_id = accepted(delete(world, site_id))

    cancel(world, operation_id)
    world.run()

    assert (world.site(site_id).status, world.site(site_id).status_before) == ("SUSPENDED", None)
    assert world.wordpress.effects["backup"] == 0


def test_a_deletion_for_good_that_is_called_off_leaves_a_softly_deleted_site_restorable(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    until = world.site(site_id).restorable_until

    cancel(world, accepted(delete_for_good(world, site_id)))

    assert (world.site(site_id).status, world.site(site_id).restorable_until) == ("DEPROVISIONING", until)
    assert restore(world, site_id).status == 202


@pytest.mark.parametrize("again", ["retry", "delete", "delete for good"])
def test_a_deletion_that_failed_is_not_undone_by_calling_off_another_attempt(world: OperationWorld, again: str) -> None:
    site_id = site_made(world)
    break_jobs(world)
    failed = carried_out(world, delete_for_good(world, site_id))
    attempts: dict[str, Any] = {
        "retry": lambda: retry(world, failed),
        "delete": lambda: delete(world, site_id),
        "delete for good": lambda: delete_for_good(world, site_id),
    }

    cancel(world, accepted(attempts[again]()))

    assert world.site(site_id).status == "DEPROVISIONING", "how much of it is gone nobody knows"
    assert restore(world, site_id).status == 202


@pytest.mark.parametrize("end", [delete, delete_for_good])
def test_a_deletion_that_failed_can_be_asked_for_again(world: OperationWorld, end: Any) -> None:
    site_id = site_made(world)
    break_jobs(world)
    carried_out(world, end(world, site_id))

    carried_out(world, end(world, site_id))

    assert world.site(site_id).status == ("DELETED" if end is delete_for_good else "DEPROVISIONING")
    assert bool(world.table.of_type("PURGE")) == (end is delete)


def test_a_restore_that_failed_leaves_the_site_to_be_restored_again(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    break_jobs(world)
    carried_out(world, restore(world, site_id))
    failed = world.site(site_id)

    carried_out(world, restore(world, site_id))

    assert (failed.status, failed.restorable_until is not None) == ("DEPROVISIONING", True)
    assert world.site(site_id).status == "ACTIVE"


def test_a_tenant_that_is_not_active_deletes_and_restores_nothing(world: OperationWorld) -> None:
    deleted, made = site_deleted_softly(world), site_made(world)
    set_tenant(world, status="SUSPENDED")

    answers = [delete(world, made), delete_for_good(world, made), restore(world, deleted)]

    assert [problem(answer) for answer in answers] == [(422, "TENANT_NOT_ACTIVE")] * 3


def test_a_stale_tag_deletes_and_restores_nothing(world: OperationWorld) -> None:
    site_id = site_made(world)
    seen = {"If-Match": get(world, site_id).headers["ETag"]}
    carried_out(world, update(world, site_id, siteName="Other"))
    refused = [delete(world, site_id, headers=seen)]
    carried_out(world, delete(world, site_id))
    refused.append(restore(world, site_id, headers=seen))

    assert [problem(answer) for answer in refused] == [(412, "PRECONDITION_FAILED")] * 2
    assert restore(world, site_id, headers={"If-Match": get(world, site_id).headers["ETag"]}).status == 202


def test_a_restore_is_repeated_in_word_only(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)

    first = restore(world, site_id, headers=KEY)
    world.run()
    second = restore(world, site_id, headers=KEY)

    assert (second.text, second.headers["Idempotency-Replayed"]) == (first.text, "true")
    assert world.event_names.count("SITE_RESTORE_COMPLETE") == 1


def test_the_same_key_for_another_site_is_refused(world: OperationWorld) -> None:
    one, two = site_deleted_softly(world), site_deleted_softly(world)
    restore(world, one, headers=KEY)

    assert problem(restore(world, two, headers=KEY)) == (422, "IDEMPOTENCY_KEY_REUSED")
