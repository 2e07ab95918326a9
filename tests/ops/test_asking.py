"""Asking for operations by hand, following them to their end, and renewing all sites a few at a time."""

from __future__ import annotations

import pytest

from ops.access import OperatorError
from ops.asking import site_named
from ops.following import follow
from ops.recover import recover
from ops.renew import Wish, renew, renew_all
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.sites.domain import Site
from runtime.sites.rows import site_from
from runtime.wordpress.port import WordPressFault
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.plugins.asking import update as update_plugin
from tests.runtime.sites.asking import (
    carried_out,
    set_tenant,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    text_of,
    write,
)

WISH = Wish(operator="an operator")


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


class Told:
    """What an operator is told; while they wait, the world moves on."""

    def __init__(self, world: OperationWorld) -> None:
        self._world = world
        self.lines: list[str] = []
        self.most_at_once = 0

    def say(self, line: str) -> None:
        self.lines.append(line)

    def pause(self, seconds: float) -> None:
        self.most_at_once = max(self.most_at_once, self._world.count("UNFINISHED"))
        self._world.dispatch()
        for name in ("creation", "update", "deletion"):
            self._world.consume(name)
        self._world.move(seconds=seconds)


def sites_of(world: OperationWorld) -> list[Site]:
    return [site_from(row) for row in world.table.of_type("SITE")]


def test_a_recovery_is_asked_for_and_followed_to_its_end(world: OperationWorld) -> None:
    site_id, told = site_made(world), Told(world)
    world.wordpress.publish("akismet", "6.0")
    update_id = carried_out(world, update_plugin(world, site_id))
    write(world, site_id, "damaged")

    operation = recover(world.table, site_id, f"{update_id}-r1", keeping_present=True, operator="an operator")
    ended = follow(world.table, operation.operation_id, say=told.say, pause=told.pause)

    assert (ended.status, text_of(world, site_id)) == ("COMPLETED", "as installed")
    assert told.lines[0] == "  0 %  Waiting to be started."
    assert told.lines[-1] == f"{operation.operation_id} is COMPLETED"
    assert len(told.lines) == len(set(told.lines))


def test_one_that_is_undone_is_said_to_be_put_back_and_why(world: OperationWorld) -> None:
    site_id, told = site_made(world), Told(world)
    world.wordpress.publish("akismet", "6.0")
    update_id = carried_out(world, update_plugin(world, site_id))
    world.agent.down = WordPressFault("The site answered with HTTP status 500.")

    operation = recover(world.table, site_id, f"{update_id}-r1", keeping_present=True, operator="an operator")
    follow(world.table, operation.operation_id, say=told.say, pause=told.pause)

    assert told.lines[-1] == f"{operation.operation_id} is FAILED and put back: The site answered with HTTP status 500."


@pytest.mark.parametrize("backup_id", ["", "../op-1", "op 1", "x" * 65])
def test_what_can_be_no_backup_is_not_asked_for(world: OperationWorld, backup_id: str) -> None:
    site_id = site_made(world)

    with pytest.raises(OperatorError, match="is not the id of a backup"):
        recover(world.table, site_id, backup_id, keeping_present=True, operator="an operator")

    assert world.site(site_id).active_operation is None


def test_a_refusal_comes_through_as_it_is(world: OperationWorld) -> None:
    site_id = site_made(world)
    renew(world.table, site_named(world.table, site_id), WISH)

    with pytest.raises(BusinessException, match="OPERATION_IN_PROGRESS: Another operation is at work on the site"):
        renew(world.table, site_named(world.table, site_id), WISH)


def test_all_sites_with_secrets_are_renewed_so_many_at_a_time(world: OperationWorld) -> None:
    sites = [site_made(world) for _ in range(5)]
    sites += (
        [site_deleted_softly(world), site_made(world, tenant="globex", caller=None)] if False else [site_deleted_softly(world)]
    )
    site_failed(world)
    site_deleted_for_good(world)
    told = Told(world)

    left_out = renew_all(world.table, sites_of(world), WISH, at_once=2, say=told.say, pause=told.pause)

    assert left_out == []
    assert {site_id: world.wordpress.installed[site_id].renewals for site_id in sites} == dict.fromkeys(sites, 1)
    assert (told.most_at_once, len(told.lines)) == (2, len(sites))


def test_a_site_at_which_another_operation_is_at_work_gets_its_turn_after_it(world: OperationWorld) -> None:
    site_id, told = site_made(world), Told(world)
    world.wordpress.publish("akismet", "6.0")
    update_plugin(world, site_id)

    left_out = renew_all(world.table, sites_of(world), WISH, at_once=5, say=told.say, pause=told.pause)

    assert (left_out, world.wordpress.installed[site_id].renewals) == ([], 1)


def test_a_tenant_at_its_limit_waits_and_does_not_miss_its_turn(world: OperationWorld) -> None:
    site_id, told = site_made(world), Told(world)
    sites = sites_of(world)
    refused = [create_site(world, body={"environment": place}).status for place in ("DEV", "SIT") for _ in range(12)]

    left_out = renew_all(world.table, sites, WISH, at_once=5, say=told.say, pause=told.pause)

    assert (refused.count(202), refused.count(429)) == (20, 4)
    assert (left_out, world.wordpress.installed[site_id].renewals) == ([], 1)


def test_sites_of_tenants_that_are_not_active_are_named_as_left_out(world: OperationWorld) -> None:
    site_id, told = site_made(world), Told(world)
    set_tenant(world, status="SUSPENDED")

    left_out = renew_all(world.table, sites_of(world), WISH, at_once=5, say=told.say, pause=told.pause)

    assert left_out == [site_id]
    assert [line.partition(":")[0] for line in told.lines] == [f"{site_id}  TENANT_NOT_ACTIVE"]


def test_sites_whose_renewal_fails_are_named_with_why(world: OperationWorld) -> None:
    site_id, told = site_made(world), Told(world)
    world.agent.down = WordPressFault("The site refused the platform's call.")

    left_out = renew_all(world.table, sites_of(world), WISH, at_once=5, say=told.say, pause=told.pause)

    assert left_out == [site_id]
    assert told.lines[-1].endswith("is FAILED: The site refused the platform's call.")
