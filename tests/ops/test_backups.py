"""The backups of a site, as operators are shown them before they put it back to one."""

from __future__ import annotations

import pytest

from ops.access import OperatorError
from ops.asking import site_named
from ops.backups import backups_of
from ops.recover import listed
from runtime.wordpress.port import JobCommand
from tests.runtime.operations.wordpress import failed
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.plugins.asking import update as update_plugin
from tests.runtime.sites.asking import (
    carried_out,
    delete,
    promote,
    recover,
    restore,
    site_deleted_for_good,
    site_promoted,
    target_of,
    update,
)


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def ids_of(world: OperationWorld, site_id: str) -> list[str]:
    return [backup.backup_id for backup in backups_of(world.table, site_named(world.table, site_id), world.now())]


def updated(world: OperationWorld, site_id: str, version: str) -> str:
    """The operation that updated a plugin of a site."""
    world.wordpress.publish("akismet", version)
    return carried_out(world, update_plugin(world, site_id))


def test_all_that_was_ever_backed_up_is_listed_newest_first_by_the_ids_that_it_has(world: OperationWorld) -> None:
    site_id = site_made(world)
    update_id = updated(world, site_id, "6.0")
    world.move(days=1)
    deletion_id = carried_out(world, delete(world, site_id))
    world.move(days=1)
    carried_out(world, restore(world, site_id))
    recovery_id = recover(world, site_id, f"{update_id}-r1")
    world.run()

    found = ids_of(world, site_id)

    assert found == [f"{recovery_id}-r1", deletion_id, f"{update_id}-r1"]
    assert set(found) == world.wordpress.installed[site_id].backups.keys()


def test_a_target_s_backups_are_those_of_the_promotions_to_it_but_not_of_the_one_that_made_it(world: OperationWorld) -> None:
    source = site_promoted(world)
    target = target_of(world, source)
    world.move(days=1)
    promotion_id = carried_out(world, promote(world, source))

    assert ids_of(world, target) == [f"{promotion_id}-r1"]
    assert set(ids_of(world, target)) == world.wordpress.installed[target].backups.keys()
    assert ids_of(world, source) == []


def test_a_backup_that_was_not_made_is_none(world: OperationWorld) -> None:
    site_id = site_made(world)
    world.maintenance.faults_of = {JobCommand.BACKUP: [failed()] * 3}
    updated(world, site_id, "6.0")

    assert ids_of(world, site_id) == []


def test_a_backup_is_listed_for_the_thirty_days_that_it_is_kept(world: OperationWorld) -> None:
    site_id = site_made(world)
    updated(world, site_id, "6.0")

    world.move(days=29, hours=23)
    before = ids_of(world, site_id)
    world.move(hours=1)

    assert (len(before), ids_of(world, site_id)) == (1, [])


def test_more_operations_than_a_page_holds_are_looked_through(world: OperationWorld) -> None:
    site_id = site_made(world)
    operation_id = updated(world, site_id, "6.0")
    for number in range(101):
        carried_out(world, update(world, site_id, siteName=f"Name {number}"))

    assert ids_of(world, site_id) == [f"{operation_id}-r1"]


def test_people_read_when_a_backup_was_made_before_what_and_until_when_it_is_kept(world: OperationWorld) -> None:
    site_id = site_made(world)
    operation_id = updated(world, site_id, "6.0")

    lines = listed(world.table, site_id, world.now()).splitlines()

    assert lines == [
        "BACKUP                                      MADE                      KEPT UNTIL                BEFORE",
        f"{operation_id}-r1  2026-11-23T09:30:15.250Z  2026-12-23T09:30:15.250Z  an update of a plugin",
    ]


def test_a_site_without_a_backup_is_said_to_have_none(world: OperationWorld) -> None:
    site_id = site_made(world)

    assert listed(world.table, site_id, world.now()) == f"no operation of the last 30 days backed {site_id} up"


@pytest.mark.parametrize("making", [site_deleted_for_good, lambda _: "site-of-nobody"], ids=["deleted", "never there"])
def test_a_site_that_is_gone_is_said_to_be_gone(world: OperationWorld, making: object) -> None:
    site_id = making(world)  # type: ignore[operator]

    with pytest.raises(OperatorError, match=f"There is no site {site_id}, or it was deleted for good"):
        listed(world.table, site_id, world.now())
