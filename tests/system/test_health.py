"""Health and status on the deployed portal and a real WordPress, which is broken in every way that it can be.

Whatever it does, the answer is 200 and out in time; the status answers all the while, because it never asks WordPress.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from local import wordpress
from local.bed.layout import bed_of
from local.clients import client
from runtime.clock import parse_iso
from runtime.health.rows import due_row, health_key, watch_key
from runtime.sites.rows import site_from, site_key
from runtime.table.unit import Unit
from tests.system.conftest import Portal, Reply, eventually, wp

SECONDS = 5.5
"""In which the answer has to be out, the way to the portal and back included."""

FATAL = "thrown_away_by_nobody();"
SLOW = "add_action('template_redirect', static fn () => sleep(6));"
LEADING_AWAY = """add_action('template_redirect', static function () {
    header('Location: http://169.254.169.254/latest/meta-data/', true, 302);
    exit;
});"""


def made(portal: Portal, token: str, environment: str) -> Any:
    wanted = {"siteName": "Patient", "subdomain": f"health-{uuid4().hex[:8]}", "environment": environment}
    accepted = portal.call("POST", "/tenants/acme/sites", token, wanted)
    operation = portal.ended(accepted.headers["Location"], token)
    assert operation["status"] == "COMPLETED", operation
    return portal.call("GET", operation["_links"]["resource"]["href"], token).json


@pytest.fixture(scope="module")
def site(portal: Portal, admin: str) -> Any:
    return made(portal, admin, "DEV")


def asked(portal: Portal, token: str, site: Any, what: str) -> Reply:
    """The site's health or status, in time."""
    started = time.monotonic()
    answer = portal.call("GET", f"/tenants/acme/sites/{site['siteId']}/{what}", token)
    assert time.monotonic() - started < SECONDS
    assert answer.status == 200, answer.text
    return answer


def found(portal: Portal, token: str, site: Any, *names: str) -> list[str]:
    """How the site is now, and these checks of it; its status agrees, and so does the site."""
    health = asked(portal, token, site, "health").json
    status = asked(portal, token, site, "status").json
    checks = {check["name"]: check["status"] for check in health["checks"]}
    assert status["health"] == {name: health[name] for name in ("status", "score", "checkedAt")}
    assert (status["status"], len(checks)) == ("ACTIVE", 12)
    assert portal.call("GET", f"/tenants/acme/sites/{site['siteId']}", token).json["healthStatus"] == health["status"]
    return [health["status"], *(checks[name] for name in names)]


@contextmanager
def with_plugin(portal: Portal, site: Any, code: str) -> Iterator[None]:
    """Let the site have an active plugin with this code, whatever it does."""
    plugins = bed_of(portal.local).sites / "sites" / site["siteId"] / "public" / "wp-content" / "plugins"
    # By another name each time: PHP takes a file for what it was until two seconds later.
    file = plugins / f"patient-{uuid4().hex[:8]}.php"
    file.write_text(f"<?php\n/* Plugin Name: Patient */\n{code}\n")
    activate(portal, site, [file.name])
    try:
        yield
    finally:
        activate(portal, site, [])
        file.unlink()


def activate(portal: Portal, site: Any, plugins: list[str]) -> None:
    option = ["option", "update", "active_plugins", json.dumps(plugins), "--format=json", "--skip-plugins", "--skip-themes"]
    wp(portal, site["siteId"], *option)


@contextmanager
def stopped(portal: Portal, *names: str) -> Iterator[None]:
    """Let these processes of WordPress be dead."""
    for process in wordpress.processes(portal.local):
        if process.name in names:
            assert process.kill()
    try:
        yield
    finally:
        wordpress.start(portal.local)


def test_a_new_site_is_healthy(portal: Portal, admin: str, site: Any) -> None:
    before = asked(portal, admin, site, "status").json["health"]

    # The first look wakes the function up, and lets WordPress look for updates for the first time.
    asked(portal, admin, site, "health")
    answer = asked(portal, admin, site, "health").json

    checks = {check["name"]: check for check in answer["checks"]}
    assert before == {"status": "UNKNOWN"}
    assert answer["status"] == "HEALTHY", answer
    assert {name: check["status"] for name, check in checks.items() if check["status"] in {"FAIL", "WARN"}} == {}
    assert checks["tlsExpiry"]["status"] == "SKIPPED", "the local stage has no TLS"
    assert checks["wordpressVersion"]["value"] == wp(portal, site["siteId"], "core", "version").strip()


def test_a_fatal_error_in_a_plugin_is_unhealthy_though_the_site_still_says_how_it_is(
    portal: Portal, admin: str, site: Any
) -> None:
    with with_plugin(portal, site, FATAL):
        assert found(portal, admin, site, "reachability", "restApi", "database") == ["UNHEALTHY", "FAIL", "FAIL", "PASS"]

    assert found(portal, admin, site, "reachability") == ["HEALTHY", "PASS"]


def test_a_home_page_that_takes_six_seconds_is_too_slow(portal: Portal, admin: str, site: Any) -> None:
    with with_plugin(portal, site, SLOW):
        assert found(portal, admin, site, "reachability", "responseTime", "database") == ["UNHEALTHY", "FAIL", "FAIL", "PASS"]


def test_a_redirect_to_where_nobody_may_look_is_not_followed(portal: Portal, admin: str, site: Any) -> None:
    with with_plugin(portal, site, LEADING_AWAY):
        assert found(portal, admin, site, "reachability", "restApi") == ["UNHEALTHY", "FAIL", "PASS"]


def test_a_site_without_its_database_is_unhealthy(portal: Portal, admin: str, site: Any) -> None:
    with stopped(portal, "mariadb"):
        assert found(portal, admin, site, "reachability", "database") == ["UNHEALTHY", "FAIL", "SKIPPED"]

    assert found(portal, admin, site, "reachability") == ["HEALTHY", "PASS"]


@pytest.mark.parametrize("names", [["php-fpm"], ["nginx", "php-fpm"]], ids=" and ".join)
def test_a_site_whose_servers_are_down_is_unhealthy_and_still_has_its_status(
    portal: Portal, admin: str, site: Any, names: list[str]
) -> None:
    with stopped(portal, *names):
        assert found(portal, admin, site, "reachability") == ["UNHEALTHY", "FAIL"]


def test_the_refresher_looks_at_sites_of_prod_by_itself_and_no_longer_when_they_are_not_active(
    portal: Portal, admin: str
) -> None:
    site = made(portal, admin, "PROD")
    begin_watch(portal, site["siteId"])

    eventually(lambda: round_of_the_refresher(portal) and portal.table.get([health_key("acme", site["siteId"])])[0])

    (watch,) = portal.table.get([watch_key(site["siteId"])])
    health = asked(portal, admin, site, "status").json["health"]
    assert watch
    assert health["status"] == "HEALTHY"
    due = parse_iso(watch["GSI1SK"].split("#")[0])
    assert 290 < (due - parse_iso(health["checkedAt"])).total_seconds() < 310

    suspended = portal.call("PATCH", f"/tenants/acme/sites/{site['siteId']}", admin, {"status": "SUSPENDED"})
    portal.ended(suspended.headers["Location"], admin)
    begin_watch(portal, site["siteId"])
    eventually(lambda: round_of_the_refresher(portal) and portal.table.get([watch_key(site["siteId"])]) == [None])


def begin_watch(portal: Portal, site_id: str) -> None:
    """Let the site be due at once."""
    (row,) = portal.table.get([site_key("acme", site_id)])
    assert row
    site = site_from(row)
    watch = due_row(site, parse_iso(row["createdAt"]))
    assert watch
    unit = Unit(portal.table)
    unit.put(watch, expect={})
    unit.commit()


def round_of_the_refresher(portal: Portal) -> bool:
    """Let the refresher run now rather than within a minute."""
    answer = client(portal.local, "lambda").invoke(FunctionName="bbws-portal-local-health-refresher", Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    return True
