"""A site put back to one of its backups, as operators ask for it: what it is now is kept until the restored site answers."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.wordpress.port import JobCommand, Visit
from tests.runtime.operations.wordpress import DONE, failed, refused
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.plugins.asking import update as update_plugin
from tests.runtime.sites.asking import (
    accepted,
    carried_out,
    delete,
    get,
    get_operation,
    outcome,
    promote,
    recover,
    refusal_of,
    restore,
    retry,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_promoted,
    site_suspended,
    steps_of,
    target_of,
    text_of,
    update,
    write,
)

BROKEN = Visit(status=500, seconds=0.1)


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def shop_with_a_backup(world: OperationWorld) -> tuple[str, str]:
    """A site that read "the first edition" when its plugin was updated and reads "damaged" now; and the backup made then."""
    site_id = site_made(world)
    write(world, site_id, "the first edition")
    world.wordpress.publish("akismet", "6.0")
    operation_id = carried_out(world, update_plugin(world, site_id))
    write(world, site_id, "damaged")
    return site_id, world.operation(operation_id).attempt_id


def test_a_site_is_as_it_was_at_the_time_of_the_backup_and_takes_changes_again(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)

    operation_id = recover(world, site_id, backup_id)
    during = get(world, site_id).json
    world.run()

    operation, site = world.operation(operation_id), world.site(site_id)
    assert steps_of(operation) == [(name, "COMPLETED") for name in ("backup", "restore", "check", "thaw")]
    assert (text_of(world, site_id), world.wordpress.installed[site_id].frozen) == ("the first edition", False)
    assert (during["status"], during["_links"]["operation"]["href"]) == ("ACTIVE", f"/operations/{operation_id}")
    assert (site.status, site.active_operation, site.wordpress_version) == ("ACTIVE", None, "7.1.1")
    assert world.event_names[-1] == "SITE_RESTORE_COMPLETE"


def test_what_it_was_before_is_a_backup_too(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)

    operation_id = recover(world, site_id, backup_id)
    world.run()

    assert world.wordpress.installed[site_id].backups[f"{operation_id}-r1"].text == "damaged"


def test_visitors_change_nothing_that_a_backup_would_miss(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    recover(world, site_id, backup_id)
    frozen: list[bool] = []
    world.maintenance.before_state = lambda: frozen.append(world.wordpress.installed[site_id].frozen)

    world.run()

    assert frozen == [True]


def test_a_suspended_site_is_put_back_and_stays_offline(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    carried_out(world, update(world, site_id, status="SUSPENDED"))

    operation_id = recover(world, site_id, backup_id)
    world.run()

    assert (world.operation(operation_id).status, world.site(site_id).status) == ("COMPLETED", "SUSPENDED")
    assert (text_of(world, site_id), world.wordpress.installed[site_id].offline) == ("the first edition", "suspended")


def test_a_login_page_that_a_plugin_hides_is_no_reason_to_undo_it(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.agent.visits["/wp-login.php"] = Visit(status=404, seconds=0.1)

    operation_id = recover(world, site_id, backup_id)
    world.run()

    assert world.operation(operation_id).status == "COMPLETED"


def test_a_restored_site_whose_home_page_fails_is_put_back_to_what_it_was(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.agent.visits["/"] = BROKEN

    operation_id = recover(world, site_id, backup_id)
    world.run()

    operation = world.operation(operation_id)
    assert (operation.status, operation.rolled_back) == ("FAILED", True)
    assert steps_of(operation) == [
        ("backup", "COMPLETED"), ("restore", "COMPLETED"), ("check", "FAILED"), ("thaw", "SKIPPED"),
        ("put-back", "COMPLETED"), ("thaw", "COMPLETED"),
    ]  # fmt: skip
    assert (text_of(world, site_id), world.wordpress.installed[site_id].frozen) == ("damaged", False)
    assert world.site(site_id).active_operation is None


def test_a_backup_that_is_not_there_leaves_the_site_as_it_was(world: OperationWorld) -> None:
    site_id, _ = shop_with_a_backup(world)
    world.maintenance.faults_of = {JobCommand.RESTORE: [refused("The backup is missing or damaged.")]}

    operation_id = recover(world, site_id, "op-of-long-ago")
    world.run()

    operation = world.operation(operation_id)
    assert operation.error
    assert (operation.rolled_back, operation.error.retryable) == (True, False)
    assert operation.error.detail == "The backup is missing or damaged."
    assert (text_of(world, site_id), world.wordpress.installed[site_id].frozen) == ("damaged", False)


def test_a_site_that_cannot_be_backed_up_is_left_alone_and_thawed(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.wordpress.installed[site_id].frozen = True  # the job froze the site and then failed
    world.maintenance.faults_of = {JobCommand.BACKUP: [failed()] * 3}

    operation_id = recover(world, site_id, backup_id)
    world.run()

    operation = world.operation(operation_id)
    assert (operation.status, operation.rolled_back) == ("FAILED", True)
    assert (text_of(world, site_id), world.wordpress.installed[site_id].frozen) == ("damaged", False)


def test_a_site_of_which_nothing_can_be_backed_up_is_overwritten_when_that_is_asked_for(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.wordpress.installed[site_id].frozen = True  # by an attempt that came to nothing

    operation_id = recover(world, site_id, backup_id, keeping_present=False)
    world.run()

    steps = steps_of(world.operation(operation_id))
    assert steps == [("overwrite", "COMPLETED"), ("verify", "COMPLETED"), ("thaw", "COMPLETED")]
    assert (text_of(world, site_id), world.wordpress.installed[site_id].frozen) == ("the first edition", False)


def test_what_was_overwritten_without_a_backup_is_never_said_to_be_put_back(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.agent.visits["/"] = BROKEN

    operation_id = recover(world, site_id, backup_id, keeping_present=False)
    world.run()

    operation = world.operation(operation_id)
    assert (operation.status, operation.rolled_back, world.site(site_id).active_operation) == ("FAILED", None, None)


def test_putting_back_that_fails_leaves_its_backup_to_be_asked_for(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.agent.visits["/"] = BROKEN
    world.maintenance.faults_of = {JobCommand.RESTORE: [DONE, *[failed()] * 3]}
    operation_id = recover(world, site_id, backup_id)
    world.run()
    stuck, frozen = world.operation(operation_id), world.wordpress.installed[site_id].frozen
    world.agent.visits.clear()

    recover(world, site_id, stuck.attempt_id)
    world.run()

    assert (stuck.status, stuck.rolled_back, frozen) == ("FAILED", None, True)
    assert (text_of(world, site_id), world.wordpress.installed[site_id].frozen) == ("damaged", False)


@pytest.mark.parametrize("keeping_present", [True, False])
def test_one_that_failed_overwrites_nothing_later_by_a_retry_or_a_redrive(world: OperationWorld, keeping_present: bool) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.maintenance.faults_of = {JobCommand.RESTORE: [failed()] * 3}
    operation_id = recover(world, site_id, backup_id, keeping_present=keeping_present)
    world.run()
    write(world, site_id, "mended by hand")

    offered = get_operation(world, operation_id).json
    refused_with = outcome(retry(world, operation_id))
    world.redrive()
    world.run()

    assert ("retry" in offered["_links"], offered["_unavailable"]["retry"]["code"]) == (False, "SITE_005")
    assert (refused_with, text_of(world, site_id), world.dead_letters) == ("SITE_005", "mended by hand", [])


def test_one_that_failed_does_not_bring_back_what_was_deleted_since(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)
    world.maintenance.faults_of = {JobCommand.RESTORE: [failed()] * 3}
    operation_id = recover(world, site_id, backup_id)
    world.run()
    carried_out(world, delete(world, site_id))

    assert outcome(retry(world, operation_id)) == "SITE_005"


def test_the_restored_site_is_not_looked_at_before_every_server_has_seen_its_files(world: OperationWorld) -> None:
    site_id, backup_id = shop_with_a_backup(world)

    operation_id = recover(world, site_id, backup_id)
    world.run()

    check = next(step for step in world.operation(operation_id).steps if step.name == "check")
    assert check.started_at
    assert check.ended_at
    assert (check.ended_at - check.started_at).total_seconds() >= 3


@pytest.mark.parametrize(
    ("making", "code"),
    [
        (site_made, None),
        (site_suspended, None),
        (site_failed, "SITE_005"),
        (site_deleted_softly, "SITE_005"),
        (site_deleted_for_good, "SITE_005"),
    ],
)
def test_only_a_site_that_runs_or_is_suspended_is_put_back(world: OperationWorld, making: Any, code: str | None) -> None:
    assert refusal_of(recover, world, making(world), "op-1") == code


def test_a_softly_deleted_site_is_restored_first_by_its_own_restore(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    carried_out(world, restore(world, site_id))

    assert refusal_of(recover, world, site_id, "op-1") is None


def test_a_target_of_promotions_is_put_back_to_the_backup_of_a_promotion(world: OperationWorld) -> None:
    source = site_promoted(world)
    target = target_of(world, source)
    write(world, target, "what customers wrote")
    operation_id = accepted(promote(world, source))
    world.run()

    recover(world, target, world.operation(operation_id).attempt_id)
    world.run()

    assert text_of(world, target) == "what customers wrote"
