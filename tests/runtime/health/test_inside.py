"""What a site says of itself, what the catalogue says of its plugins, and what its certificate shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from runtime.health.certificates import Certificate
from runtime.plugins.domain import CataloguedPlugin, Severity, Vulnerability
from runtime.plugins.rows import catalogued_row
from runtime.table.port import key_of
from runtime.wordpress.port import SiteAddress, WordPressFault
from tests.runtime.conftest import Log
from tests.runtime.fakes import START
from tests.runtime.health.asking import CERTIFICATES, ToldAgent, checks, health, raises, seen
from tests.runtime.operations.world import OperationWorld, site_made


def catalogued(world: OperationWorld, plugin: CataloguedPlugin) -> None:
    row = catalogued_row(plugin)
    world.table.rows[key_of(row)] = row


INSIDE: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "updates never looked for": ({"updates_checked": False}, "HEALTHY", {"pluginUpdates": "SKIPPED", "coreUpdate": "SKIPPED"}),
    "a newer WordPress": ({"core_update": "7.2"}, "HEALTHY", {"coreUpdate": "WARN"}),
    "cron a day late": ({"cron_lag_seconds": 90_000}, "DEGRADED", {"cronLag": "FAIL"}),
    "cron unknown": ({"cron_lag_seconds": None}, "HEALTHY", {"cronLag": "SKIPPED"}),
    "disk nearly full": ({"disk_free_percent": 4.04}, "DEGRADED", {"disk": "WARN"}),
    "disk unknown": ({"disk_free_percent": None}, "UNKNOWN", {"disk": "SKIPPED"}),
}


@pytest.mark.parametrize("case", INSIDE)
def test_what_the_site_measures_of_itself_is_judged(world: OperationWorld, site_id: str, case: str) -> None:
    world.agent.vital, status, expected = INSIDE[case]

    answer = health(world, site_id)

    assert seen(answer) == status
    assert {name: checks(answer)[name]["status"] for name in expected} == expected


def test_a_database_that_does_not_answer_makes_a_site_unhealthy(world: OperationWorld, agent: ToldAgent, site_id: str) -> None:
    vitals = agent.vitals(SiteAddress(site_id=site_id, url=world.site(site_id).url))
    agent.told["vitals"] = lambda: replace(vitals, facts=replace(vitals.facts, database_ok=False))

    answer = health(world, site_id)

    assert (seen(answer), checks(answer)["database"]["status"]) == ("UNHEALTHY", "FAIL")


def test_a_site_that_does_not_say_how_it_is_from_inside_is_unknown(
    world: OperationWorld, agent: ToldAgent, site_id: str
) -> None:
    agent.told["vitals"] = raises(WordPressFault("The site answered with HTTP status 500."))

    answer = health(world, site_id)

    skipped = {name: check["detail"] for name, check in checks(answer).items() if check["status"] == "SKIPPED"}
    assert seen(answer) == "UNKNOWN"
    assert skipped == dict.fromkeys(
        ["database", "phpVersion", "wordpressVersion", "pluginUpdates", "coreUpdate", "vulnerablePlugins", "cronLag", "disk"],
        "The site answered with HTTP status 500.",
    )


def test_a_fatal_error_of_a_plugin_makes_a_site_unhealthy_though_it_answers_from_inside(
    world: OperationWorld, site_id: str
) -> None:
    akismet = world.wordpress.installed[site_id].content.plugins["akismet"]
    world.wordpress.installed[site_id].content.plugins["akismet"] = replace(akismet, is_active=True)
    world.wordpress.broken.add(f"akismet {akismet.version}")

    answer = health(world, site_id)

    assert (seen(answer), checks(answer)["database"]["status"]) == ("UNHEALTHY", "PASS")


def test_plugins_that_can_be_updated_are_counted(world: OperationWorld, site_id: str) -> None:
    world.wordpress.publish("akismet", "6.0")

    updates = checks(health(world, site_id))["pluginUpdates"]

    assert (updates["status"], updates["value"], updates["detail"]) == ("WARN", 1, "1 of 2 plugins can be updated.")


HOLE = Vulnerability(vulnerability_id="CVE-1", title="A hole", severity=Severity.HIGH, fixed_in="5.8")


@pytest.mark.parametrize(
    ("plugin", "status", "value"),
    [
        (CataloguedPlugin(plugin_id="akismet", vulnerabilities=(HOLE,)), "DEGRADED", 1),
        (CataloguedPlugin(plugin_id="akismet", is_blocklisted=True), "DEGRADED", 1),
        (CataloguedPlugin(plugin_id="akismet", vulnerabilities=(replace(HOLE, fixed_in="5.7.2"),)), "HEALTHY", 0),
        (CataloguedPlugin(plugin_id="not-installed", vulnerabilities=(HOLE,)), "HEALTHY", 0),
    ],
    ids=["vulnerable", "blocklisted", "mended", "not installed"],
)
def test_plugins_that_the_catalogue_warns_of_make_a_site_degraded(
    world: OperationWorld, site_id: str, plugin: CataloguedPlugin, status: str, value: int
) -> None:
    catalogued(world, plugin)

    answer = health(world, site_id)

    assert (seen(answer), checks(answer)["vulnerablePlugins"]["value"]) == (status, value)
    assert ("akismet" in checks(answer)["vulnerablePlugins"]["detail"]) == (value == 1)


def test_without_the_catalogue_nobody_knows_which_plugins_are_vulnerable(
    world: OperationWorld, site_id: str, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    get = world.table.get

    def failing(keys: Any) -> Any:
        if keys[0].pk.startswith("PLUGIN#"):
            raise RuntimeError("arn:aws:dynamodb is on fire")
        return get(keys)

    monkeypatch.setattr(world.table, "get", failing)

    answer = health(world, site_id)

    assert (seen(answer), checks(answer)["vulnerablePlugins"]["status"]) == ("UNKNOWN", "SKIPPED")
    assert "arn:" not in answer.text
    assert "arn:aws:dynamodb is on fire" in log.text


@pytest.mark.parametrize(
    ("shown", "status", "check"),
    [
        (Certificate(not_after=START + timedelta(days=8)), "DEGRADED", ("WARN", 8)),
        (Certificate(not_after=START - timedelta(hours=1)), "DEGRADED", ("FAIL", -1)),
        (Certificate(not_after=START + timedelta(days=90), distrust="It is for another name."), "DEGRADED", ("FAIL", 90)),
        ("The site's address is not a public one.", "UNKNOWN", ("SKIPPED", None)),
    ],
    ids=["ends soon", "ended", "not trusted", "not seen"],
)
def test_the_certificate_of_an_https_site_is_judged(
    world: OperationWorld, site_id: str, monkeypatch: pytest.MonkeyPatch, shown: Any, status: str, check: tuple[str, Any]
) -> None:
    monkeypatch.setattr(CERTIFICATES, "shown", shown)

    answer = health(world, site_id)

    found = checks(answer)["tlsExpiry"]
    assert (seen(answer), (found["status"], found.get("value"))) == (status, check)
    assert CERTIFICATES.hosts[-1] == ("shop-1.dev.sites.example", 443)


def test_a_site_without_tls_has_no_certificate_to_be_judged_and_can_be_healthy() -> None:
    world = OperationWorld(site_origin="http://*.localhost:8080")
    site_id = site_made(world)
    CERTIFICATES.hosts.clear()

    answer = health(world, site_id)

    assert (seen(answer), answer.json["score"], checks(answer)["tlsExpiry"]["status"]) == ("HEALTHY", 100, "SKIPPED")
    assert not CERTIFICATES.hosts


@pytest.mark.usefixtures("impatience")
def test_a_catalogue_that_hangs_is_not_waited_for_and_is_no_fault_of_the_site(
    world: OperationWorld, site_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    never, get = Event(), world.table.get
    monkeypatch.setattr(world.table, "get", lambda keys: never.wait(60) if keys[0].pk.startswith("PLUGIN#") else get(keys))

    answer = health(world, site_id)
    never.set()

    assert (seen(answer), checks(answer)["database"]["status"]) == ("UNKNOWN", "PASS")
    assert checks(answer)["vulnerablePlugins"]["detail"] == "It could not be looked at, for a reason of ours."
