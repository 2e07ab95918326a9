"""Looks at sites over real connections: what a site does on the wire, and how it is then said to be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from runtime.health import probes
from runtime.wordpress.agent import HttpSiteAgent
from tests.runtime.fakes import Answer
from tests.runtime.health.asking import checks, health, seen
from tests.runtime.health.pages import AGENT, Page, Pages, drips, serving, shows, sleeps, vitals
from tests.runtime.operations.world import OperationWorld, site_made

METADATA = "http://169.254.169.254/latest/meta-data/"


class Secrets:
    """One secret for every site."""

    def secret(self, site_id: str) -> str:
        return "s" * 43


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld(site_origin="http://*.sites.example:8080")


@pytest.fixture
def site_id(world: OperationWorld) -> str:
    return site_made(world)


@pytest.fixture
def site(world: OperationWorld, site_id: str) -> Iterator[Pages]:
    """The site over a real connection, and well."""
    secrets: Any = Secrets()
    with serving({"/": shows(), "/wp-json/": shows({"name": "Shop"}), AGENT: vitals(site_id)}) as served:
        agent: Any = HttpSiteAgent(served.origin, secrets, now=world.now, entropy=world.entropy, pause=world.pause)
        world.agent = agent
        yield served


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PROBE_SECONDS", 0.6)


def found(answer: Answer, *names: str) -> list[str]:
    """How the site is, and these checks."""
    return [seen(answer), *(checks(answer)[name]["status"] for name in names)]


def test_a_site_that_is_well_is_asked_three_things(world: OperationWorld, site_id: str, site: Pages) -> None:
    assert found(health(world, site_id), "reachability", "restApi", "database") == ["HEALTHY", "PASS", "PASS", "PASS"]
    assert sorted(site.asked) == ["/", "/wp-json/", AGENT]


@pytest.mark.parametrize("silence", [sleeps(5), drips], ids=["sleeps", "drips"])
@pytest.mark.usefixtures("impatience")
def test_a_home_page_that_takes_too_long_is_given_up(world: OperationWorld, site_id: str, site: Pages, silence: Page) -> None:
    site.pages["/"] = silence

    answer = health(world, site_id)

    assert found(answer, "reachability", "responseTime", "database") == ["UNHEALTHY", "FAIL", "FAIL", "PASS"]


@pytest.mark.parametrize("location", [METADATA, "//169.254.169.254/", "http://127.0.0.1:9/"])
def test_a_redirect_to_another_host_is_asked_for_nowhere(
    world: OperationWorld, site_id: str, site: Pages, location: str
) -> None:
    site.pages["/"] = shows("", 302, Location=location)

    answer = health(world, site_id)

    assert found(answer, "reachability", "restApi") == ["UNHEALTHY", "FAIL", "PASS"]
    assert sorted(site.asked) == ["/", "/wp-json/", AGENT]


def test_a_redirect_within_the_site_is_followed(world: OperationWorld, site_id: str, site: Pages) -> None:
    site.pages |= {"/": shows("", 302, Location="http://shop-1.dev.sites.example:8080/en/?a=b"), "/en/?a=b": shows()}

    assert found(health(world, site_id), "reachability") == ["HEALTHY", "PASS"]
    assert "/en/?a=b" in site.asked


def test_a_fatal_error_of_php_is_seen_though_the_agent_answers(world: OperationWorld, site_id: str, site: Pages) -> None:
    site.pages |= {"/": shows("<p>There has been a critical error.</p>", 500), "/wp-json/": shows("{}", 500)}

    answer = health(world, site_id)

    assert found(answer, "reachability", "restApi", "database") == ["UNHEALTHY", "FAIL", "FAIL", "PASS"]


def test_a_database_that_is_down_takes_all_answers_with_it(world: OperationWorld, site_id: str, site: Pages) -> None:
    site.pages = dict.fromkeys(["/", "/wp-json/", AGENT], shows("Error establishing a database connection", 500))

    assert found(health(world, site_id), "reachability", "database") == ["UNHEALTHY", "FAIL", "SKIPPED"]


def test_where_nobody_listens_a_site_is_unhealthy(world: OperationWorld, site_id: str) -> None:
    secrets: Any = Secrets()
    agent: Any = HttpSiteAgent("http://127.0.0.1:9", secrets, now=world.now, entropy=world.entropy, pause=world.pause)
    world.agent = agent

    assert found(health(world, site_id), "reachability", "responseTime") == ["UNHEALTHY", "FAIL", "SKIPPED"]


@pytest.mark.slow
def test_a_site_of_which_nothing_answers_and_a_table_that_hangs_are_told_within_five_seconds(
    world: OperationWorld, site_id: str, site: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages = dict.fromkeys(["/", "/wp-json/", AGENT], sleeps(7))
    monkeypatch.setattr(world.table, "commit", lambda _: time.sleep(7))
    started = time.monotonic()

    answer = health(world, site_id)

    assert seen(answer) == "UNHEALTHY"
    assert time.monotonic() - started < 5.5
