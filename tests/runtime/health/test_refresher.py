"""The refresher: sites of PROD are looked at every five minutes, each by one refresher, for as long as they are active."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.clock import iso
from runtime.health.refresher import PAGE, refresh_due
from runtime.health.rows import SHARDS, due_query, due_row, health_key, report_from, watch_key
from runtime.ids import new_id
from runtime.sites.domain import Environment, Site, SiteStatus
from runtime.sites.rows import site_from, site_key, site_row
from runtime.table.port import key_of
from runtime.table.unit import Unit
from runtime.wordpress.port import WordPressFault
from tests.runtime.conftest import Log
from tests.runtime.fakes import START, FakePorts, InMemoryTable, tenants
from tests.runtime.health.asking import CERTIFICATES, telling
from tests.runtime.operations.wordpress import Installed
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.sites.seeds import sites


def refresh(world: FakePorts, *, seconds: float = 60) -> int:
    return refresh_due(world, CERTIFICATES, until=time.monotonic() + seconds)


def watched(world: OperationWorld, *, environment: Environment = Environment.PROD) -> str:
    """An active site of which the watch has begun just now, if its environment has one."""
    site_id = site_made(world, body={"environment": environment.value})
    watch(world, world.site(site_id))
    return site_id


def watch(world: FakePorts, site: Site) -> None:
    if row := due_row(site, world.clock):
        unit = Unit(world.table)
        unit.put(row, expect={})
        unit.commit()


def set_status(world: OperationWorld, site_id: str, status: SiteStatus) -> None:
    site = replace(world.site(site_id), status=status)
    world.table.rows[site_key("acme", site_id)] = {"version": site.version, **site_row(site)}


def looks_at(world: OperationWorld) -> int:
    """How often the sites were asked from inside."""
    return world.agent.calls["vitals"]


def test_a_site_of_prod_is_looked_at_at_once_and_every_five_minutes_from_then_on(world: OperationWorld) -> None:
    site_id = watched(world)

    looked = [refresh(world)]
    for _ in range(11):
        world.move(minutes=1)
        looked.append(refresh(world))

    assert looked == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    assert report_from(world.table.rows[health_key("acme", site_id)]).checked_at == world.clock - timedelta(minutes=1)
    assert world.site(site_id).health_status == "HEALTHY"


@pytest.mark.parametrize("environment", [Environment.DEV, Environment.SIT])
def test_outside_prod_no_site_is_watched(world: OperationWorld, environment: Environment) -> None:
    site_id = watched(world, environment=environment)

    assert due_row(world.site(site_id), world.clock) is None
    assert refresh(world) == 0


def test_a_site_that_is_down_is_looked_at_as_often_and_shows_it(world: OperationWorld) -> None:
    site_id = watched(world)
    refresh(world)
    world.agent.down = WordPressFault("Down.")
    world.move(minutes=5)

    refresh(world)

    assert world.site(site_id).health_status == "UNHEALTHY"


@pytest.mark.parametrize("status", [status for status in SiteStatus if status is not SiteStatus.ACTIVE])
def test_the_watch_of_a_site_that_is_no_longer_active_ends(world: OperationWorld, status: SiteStatus) -> None:
    site_id = watched(world)
    set_status(world, site_id, status)

    assert refresh(world) == 0
    assert watch_key(site_id) not in world.table.rows
    assert not looks_at(world)


def test_the_watch_of_a_site_that_is_gone_ends(world: OperationWorld) -> None:
    site_id = watched(world)
    del world.table.rows[site_key("acme", site_id)]

    assert refresh(world) == 0
    assert watch_key(site_id) not in world.table.rows


def test_a_watch_that_is_begun_again_loses_no_report(world: OperationWorld) -> None:
    site_id = watched(world)
    refresh(world)
    report = world.table.rows[health_key("acme", site_id)]
    set_status(world, site_id, SiteStatus.SUSPENDED)
    world.move(minutes=5)
    refresh(world)
    set_status(world, site_id, SiteStatus.ACTIVE)

    watch(world, world.site(site_id))

    assert world.table.rows[health_key("acme", site_id)] == report
    assert refresh(world) == 1


def test_a_watch_that_is_begun_again_while_it_is_ended_stays(world: OperationWorld) -> None:
    site_id = watched(world)
    set_status(world, site_id, SiteStatus.SUSPENDED)
    get = world.table.get

    def activated_after_the_read(keys: list[object]) -> object:
        rows = get(keys)  # type: ignore[arg-type]
        world.table.get = get  # type: ignore[method-assign]
        set_status(world, site_id, SiteStatus.ACTIVE)
        world.move(seconds=1)
        watch(world, world.site(site_id))
        return rows

    world.table.get = activated_after_the_read  # type: ignore[method-assign, assignment]
    refresh(world)

    assert refresh(world) == 1


def test_of_two_refreshers_at_once_one_looks(world: OperationWorld) -> None:
    watched(world)
    second: list[int] = []
    world.table.before_commit = lambda: second.append(refresh(world))

    first = refresh(world)

    assert (first, second, looks_at(world)) == (0, [1], 1)


def test_a_site_is_due_in_five_minutes_from_before_it_is_looked_at_so_that_a_refresher_may_die(world: OperationWorld) -> None:
    site_id = watched(world)
    due: list[str] = []

    def look() -> None:
        due.append(world.table.rows[watch_key(site_id)]["GSI1SK"])
        raise WordPressFault("Down.")

    telling(world).told["vitals"] = look
    refresh(world)

    assert due == [f"{iso(world.clock + timedelta(minutes=5))}#{site_id}"]


def test_what_fails_with_one_site_is_no_matter_of_the_others(world: OperationWorld, log: Log) -> None:
    bad, good = watched(world), watched(world)
    world.table.rows[site_key("acme", bad)]["environment"] = "NONE"

    assert refresh(world) == 1
    assert world.site(good).health_status == "HEALTHY"
    assert [line["siteId"] for line in log.lines if line["message"] == "A site could not be looked at"] == [bad]


def test_without_time_no_look_is_begun_and_every_site_stays_due(world: OperationWorld) -> None:
    watched(world)

    assert refresh(world, seconds=0) == 0
    assert not looks_at(world)
    assert refresh(world) == 1


def many(count: int) -> FakePorts:
    """So many watched sites, due one second after the other."""
    ports = FakePorts(InMemoryTable(*tenants()))
    for number, row in enumerate(sites(count).values()):
        site = replace(site_from({"version": 1, **row}), environment=Environment.PROD, status=SiteStatus.ACTIVE)
        due = due_row(site, START - timedelta(seconds=count - number))
        assert due
        for each in (site_row(site), due):
            ports.table.rows[key_of(each)] = {"version": 1, **each}
        ports.wordpress.installed[site.site_id] = Installed(title="Shop")
    return ports


def test_of_more_sites_than_a_round_takes_those_longest_overdue_come_first() -> None:
    ports = many(SHARDS * PAGE + 40)

    first = refresh(ports)
    left = [row["siteId"] for shard in range(SHARDS) for row in ports.table.query(due_query(shard, ports.clock, limit=1000))]
    second = refresh(ports)

    assert (first + second, first <= SHARDS * PAGE) == (SHARDS * PAGE + 40, True)
    assert 40 <= len(left) < SHARDS * PAGE
    assert {row["status"] for row in ports.table.of_type("HEALTH")} == {"HEALTHY"}


def test_sites_are_spread_over_the_shards() -> None:
    ports = many(100)

    shares = [len(ports.table.query(due_query(shard, ports.clock, limit=100))) for shard in range(SHARDS)]

    assert sum(shares) == 100
    assert min(shares) > 0


def test_rounds_are_counted_by_how_the_sites_were(world: OperationWorld, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        watched(world)

    refresh(world)

    (line,) = [line for line in capsys.readouterr().out.splitlines() if "HealthChecks" in line]
    assert '"status":"HEALTHY"' in line
    assert '"HealthChecks":[2]' in line


def test_a_watch_holds_nothing_but_whose_it_is_and_when_it_is_due() -> None:
    site_id = new_id("site", now=START, random=b"0123456789")
    (row,) = sites(1).values()
    site = replace(site_from({"version": 1, **row}), site_id=site_id, environment=Environment.PROD)

    watch_of = due_row(site, START)

    assert watch_of
    assert watch_of.keys() == {"PK", "SK", "GSI1PK", "GSI1SK", "entityType", "tenantId", "siteId"}
    assert watch_of["GSI1SK"] == f"2026-11-23T09:30:15.250Z#{site_id}"
