"""What is kept of a look: the last report, and the site's own health, whoever looks at once and whatever fails meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from runtime.health import service
from runtime.health.domain import HealthReport, unseen
from runtime.health.rows import health_key, report_from, report_row
from runtime.health.service import Known, keep, read
from runtime.sites.rows import site_key
from runtime.table.port import Conflict
from runtime.wordpress.port import WordPressFault
from tests.runtime.conftest import Log
from tests.runtime.fakes import START
from tests.runtime.health.asking import checks, health, seen
from tests.runtime.operations.world import OperationWorld
from tests.runtime.sites.asking import get, update

DOWN = WordPressFault("The site could not be reached.")


def kept(world: OperationWorld, site_id: str) -> HealthReport:
    return report_from(world.table.rows[health_key("acme", site_id)])


def test_a_report_is_read_back_as_it_was_written(world: OperationWorld, site_id: str) -> None:
    answer = health(world, site_id)

    report = kept(world, site_id)
    assert report_from(report_row("acme", site_id, report)) == report
    assert (report.status, report.score, report.checked_at) == (seen(answer), 100, world.clock)
    assert [(check.name, check.value) for check in report.checks] == [
        (name, check.get("value")) for name, check in checks(answer).items()
    ]


def test_a_report_holds_nothing_that_the_table_cannot_store(world: OperationWorld, site_id: str) -> None:
    world.agent.vital = {"disk_free_percent": 79.3}
    health(world, site_id)

    row = world.table.rows[health_key("acme", site_id)]

    assert json.loads(json.dumps(row), parse_float=pytest.fail) == row, "no fractions"


def test_the_site_shows_its_health_as_it_was_last_seen(world: OperationWorld, site_id: str) -> None:
    before = get(world, site_id).json["healthStatus"]
    health(world, site_id)
    well = get(world, site_id).json["healthStatus"]
    world.agent.down = DOWN
    health(world, site_id)

    assert (before, well, get(world, site_id).json["healthStatus"]) == ("UNKNOWN", "HEALTHY", "UNHEALTHY")


def test_that_the_health_has_changed_moves_the_tag_and_is_no_decision_of_anybody_s(world: OperationWorld, site_id: str) -> None:
    read_before = get(world, site_id)

    health(world, site_id)
    after = get(world, site_id, headers={"If-None-Match": read_before.headers["ETag"]})
    changed = update(world, site_id, siteName="Other", options={"headers": {"If-Match": read_before.headers["ETag"]}})

    assert (after.status, after.json["version"]) == (200, read_before.json["version"] + 1)
    assert changed.status == 202, "what was read is still what the change was decided upon"


def test_a_health_that_is_as_it_was_leaves_the_site_alone(world: OperationWorld, site_id: str) -> None:
    health(world, site_id)
    tag = get(world, site_id).headers["ETag"]
    world.move(minutes=1)

    health(world, site_id)

    assert get(world, site_id).headers["ETag"] == tag
    assert kept(world, site_id).checked_at == world.clock


def test_an_older_look_that_ends_later_overwrites_nothing(world: OperationWorld, site_id: str) -> None:
    known = read(world.table, "acme", site_id)
    older = unseen("This look took long.", world.clock)
    world.move(seconds=3)
    health(world, site_id)

    keep(world.table, known, older, pause=world.pause)

    assert (kept(world, site_id).status, get(world, site_id).json["healthStatus"]) == ("HEALTHY", "HEALTHY")


def test_of_two_looks_that_are_kept_at_once_the_younger_one_stays(world: OperationWorld, site_id: str) -> None:
    known = read(world.table, "acme", site_id)
    younger, older = (unseen(reason, START + timedelta(days=days)) for reason, days in (("Younger.", 2), ("Older.", 1)))

    world.table.before_commit = lambda: keep(world.table, known, younger, pause=world.pause)
    keep(world.table, known, older, pause=world.pause)
    assert kept(world, site_id) == younger

    world.table.before_commit = lambda: keep(world.table, known, older, pause=world.pause)
    keep(world.table, Known(site=known.site, last=world.table.rows[health_key("acme", site_id)]), younger, pause=world.pause)
    assert kept(world, site_id) == younger


def test_a_site_that_is_changed_during_the_look_stays_as_it_was_changed(world: OperationWorld, site_id: str) -> None:
    known = read(world.table, "acme", site_id)
    update(world, site_id, siteName="Other")
    after = world.table.rows[site_key("acme", site_id)]

    keep(world.table, known, unseen("Nobody looked.", world.clock), pause=world.pause)

    assert world.table.rows[site_key("acme", site_id)] == after
    assert kept(world, site_id).checks[0].detail == "Nobody looked."


@pytest.mark.parametrize("fault", [Conflict("always"), RuntimeError("arn:aws:dynamodb is on fire")], ids=["races", "fault"])
def test_what_cannot_be_kept_is_answered_all_the_same(
    world: OperationWorld, site_id: str, fault: Exception, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    def failing(writes: Any) -> None:
        raise fault

    monkeypatch.setattr(world.table, "commit", failing)

    answer = health(world, site_id)

    (line,) = [line for line in log.lines if line["message"] == "The health of a site could not be kept"]
    assert (seen(answer), line["siteId"]) == ("HEALTHY", site_id)
    assert str(fault) in line["exception"]


def test_a_table_that_hangs_is_not_waited_for(
    world: OperationWorld, site_id: str, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    never = Event()
    monkeypatch.setattr(world.table, "commit", lambda writes: never.wait(60))
    monkeypatch.setattr(service, "ANSWER_SECONDS", 0.5)

    answer = health(world, site_id)
    never.set()

    assert seen(answer) == "HEALTHY"
    assert "The health of a site could not be kept in time" in log.text
