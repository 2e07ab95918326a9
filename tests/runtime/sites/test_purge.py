"""The end of the data of softly deleted sites, which the sweeper asks for once their 30 days are over."""

from __future__ import annotations

import pytest

from runtime.sites.purge import purge_due
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    accepted,
    break_jobs,
    carried_out,
    delete_for_good,
    get,
    restore,
    set_tenant,
    site_deleted_softly,
)


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


@pytest.mark.parametrize(("before_the_end", "purged"), [(0.001, 0), (0, 1), (-86400, 1)])
def test_a_purge_is_asked_for_when_thirty_days_are_over(world: OperationWorld, before_the_end: float, purged: int) -> None:
    site_deleted_softly(world)
    world.move(days=30, seconds=-before_the_end)

    assert purge_due(world) == purged


def test_a_purge_deletes_the_site_for_good(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    world.move(days=30)

    world.sweep()
    (operation,) = [row for row in world.table.of_type("OPERATION") if row["status"] == "PENDING"]
    world.run()

    assert (operation["operationType"], operation["createdBy"]) == ("SITE_DELETION", "system")
    assert operation["input"]["hard"] is True
    assert get(world, site_id).json["status"] == "DELETED"
    assert site_id not in world.wordpress.installed
    assert (world.count("QUOTA#DEV"), world.table.of_type("SUBDOMAIN"), world.table.of_type("PURGE")) == (0, [], [])


def test_a_site_that_was_restored_since_is_not_purged(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    carried_out(world, restore(world, site_id))
    world.move(days=31)

    assert purge_due(world) == 0
    assert get(world, site_id).json["status"] == "ACTIVE"


def test_a_site_that_is_restored_while_the_sweeper_looks_is_not_purged(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    world.move(days=30)
    world.table.before_commit = lambda: set_site(world, site_id, activeOperation="op-of-somebody-else")

    assert purge_due(world) == 0
    assert not [row for row in world.table.of_type("OPERATION") if row["status"] == "PENDING"]


def set_site(world: OperationWorld, site_id: str, **attributes: str) -> None:
    key = next(key for key in world.table.rows if key.sk == f"SITE#{site_id}")
    world.table.rows[key] |= attributes | {"version": world.table.rows[key]["version"] + 1}


def test_a_site_that_was_deleted_for_good_meanwhile_is_not_purged_again(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    carried_out(world, delete_for_good(world, site_id))
    world.move(days=30)

    assert purge_due(world) == 0


def test_a_busy_site_is_purged_when_it_is_free_again(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    world.move(days=30, seconds=-1)
    accepted(restore(world, site_id))
    break_jobs(world)
    world.move(seconds=1)

    busy = purge_due(world)
    world.run()
    free = purge_due(world)

    assert (busy, free) == (0, 1)


def test_a_purge_is_asked_for_once_while_it_runs(world: OperationWorld) -> None:
    site_deleted_softly(world)
    world.move(days=30)

    assert [purge_due(world), purge_due(world)] == [1, 0]


def test_a_purge_that_failed_is_asked_for_again_the_next_day(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    world.move(days=30)
    world.sweep()
    break_jobs(world)
    world.run()
    failed = get(world, site_id).json["status"]

    same_day = purge_due(world)
    world.move(days=1)
    next_day = purge_due(world)
    world.run()

    assert (failed, same_day, next_day) == ("DEPROVISIONING", 0, 1)
    assert get(world, site_id).json["status"] == "DELETED"


def test_a_purge_waits_while_the_tenant_has_too_many_unfinished_operations(world: OperationWorld) -> None:
    set_tenant(world, tier="PREMIUM")
    site_deleted_softly(world)
    world.move(days=30)
    for _ in range(20):
        create_site(world)

    full = purge_due(world)
    world.run()

    assert (full, purge_due(world)) == (0, 1)


def test_a_tenant_that_is_not_active_has_its_data_purged_all_the_same(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    set_tenant(world, status="CLOSED")
    world.move(days=30)

    world.sweep()
    world.run()

    assert get(world, site_id).json["status"] == "DELETED"


def test_a_site_that_is_not_deleted_is_never_purged(world: OperationWorld) -> None:
    site_made(world)
    world.move(days=400)

    assert purge_due(world) == 0
