"""On the deployed portal and a real WordPress a site is copied, promoted up to PROD, and its plugins are updated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.bed.layout import INSTALLED, bed_of
from local.directory.pack import Mishap, pack
from tests.system.conftest import Portal, wp
from tests.system.test_site_story import follow, site_of

PLUGIN = "akismet"
BREAKS = """<?php
// Plugin Name: Breaks
add_action('template_redirect', fn () => is_front_page() && throw new Error('Broken on purpose.'));
"""


NOTES = ("_transient_", "'cron'", "'doing_cron'")


@pytest.fixture(scope="module", autouse=True)
def directory(portal: Portal) -> Iterator[Path]:
    """The directory's packages, which are afterwards those that it had."""
    folder = bed_of(portal.local).folder / "directory"
    before = set(folder.iterdir())
    yield folder
    for package in set(folder.iterdir()) - before:
        package.unlink()


@pytest.fixture(scope="module")
def shop(portal: Portal, admin: str) -> dict[str, Any]:
    """A site of DEV with something to read and an active plugin; everything that follows is done to it and its copies.

    On none of them anything happens by itself, so that what they hold can be compared.
    """
    acme = portal.call("GET", "/", admin).json["_embedded"]["tenants"][0]
    wanted = {
        "siteName": "Shop",
        "subdomain": f"copies-{uuid4().hex[:8]}",
        "environment": "DEV",
        "plugins": [PLUGIN],
    }
    site: dict[str, Any] = site_of(portal, follow(portal, acme, "create-site", admin, wanted), admin)
    (public_of(portal, site) / "wp-content/mu-plugins/quiet.php").write_text("<?php define('DISABLE_WP_CRON', true);")
    wp(portal, site["siteId"], "post", "create", "--post_title=Spring edition", "--post_status=publish")
    wp(portal, site["siteId"], "option", "update", "our_setting", site["url"] + "/catalogue")
    return site


@pytest.fixture(scope="module")
def promoted(portal: Portal, admin: str, shop: dict[str, Any]) -> dict[str, Any]:
    """The shop's site of SIT."""
    operation = follow(portal, again(portal, admin, shop), "promote", admin, {"targetEnvironment": "SIT"})
    assert operation["status"] == "COMPLETED", operation
    target: dict[str, Any] = portal.call("GET", operation["_links"]["target"]["href"], admin).json
    return target


def again(portal: Portal, admin: str, site: dict[str, Any]) -> dict[str, Any]:
    """The site as it is now."""
    found: dict[str, Any] = portal.call("GET", site["_links"]["self"]["href"], admin).json
    return found


def plugin_of(portal: Portal, admin: str, site: dict[str, Any]) -> dict[str, Any]:
    """The plugin as the list of the site's plugins shows it, reached by the site's link."""
    page = portal.call("GET", again(portal, admin, site)["_links"]["plugins"]["href"], admin).json
    page = portal.call("GET", page["_links"]["refresh"]["href"], admin).json
    (found,) = [plugin for plugin in page["_embedded"]["plugins"] if plugin["pluginId"] == PLUGIN]
    return dict(found)


def publish(directory: Path, version: str, mishap: Mishap | None = None) -> None:
    """Let the directory have another version of the plugin, made of the real one."""
    pack(INSTALLED / "core/wp-content/plugins" / PLUGIN, PLUGIN, version, directory, mishap)


def public_of(portal: Portal, site: dict[str, Any]) -> Path:
    """The site's folder that the web server shows."""
    return bed_of(portal.local).sites / "sites" / str(site["siteId"]) / "public"


def contents(portal: Portal, site: dict[str, Any]) -> set[str]:
    """Every file that visitors may meet, and every row but what WordPress notes for itself with any request."""
    public = public_of(portal, site)
    files = {f"{path.relative_to(public)} {_digest(path)}" for path in public.rglob("*") if path.is_file()}
    options = ["--skip-extended-insert", "--skip-dump-date", "--exclude_tables=wp_bbws_agent_nonces"]
    dump = wp(portal, site["siteId"], "db", "export", "-", *options)
    rows = {line for line in dump.splitlines() if line.startswith("INSERT") and not any(name in line for name in NOTES)}
    return files | rows


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_copy_is_a_site_of_its_own_under_its_own_address(portal: Portal, admin: str, shop: dict[str, Any]) -> None:
    wanted = {"siteName": "The Copy", "subdomain": f"copy-{uuid4().hex[:8]}"}

    copy = site_of(portal, follow(portal, again(portal, admin, shop), "clone", admin, wanted), admin)

    page = portal.visit(copy["url"]).data.decode()
    assert (copy["status"], copy["clonedFrom"], "Spring edition" in page) == ("ACTIVE", shop["siteId"], True)
    assert "<title>The Copy</title>" in page
    assert shop["url"] not in page
    assert wp(portal, copy["siteId"], "option", "get", "our_setting").strip() == f"{copy['url']}/catalogue"
    assert wp(portal, copy["siteId"], "plugin", "get", PLUGIN, "--field=status").strip() == "active"


def test_a_site_goes_up_to_prod_and_its_health_and_status_are_told(
    portal: Portal, admin: str, promoted: dict[str, Any]
) -> None:
    operation = follow(portal, again(portal, admin, promoted), "promote", admin, {"targetEnvironment": "PROD", "notes": "Go"})
    prod = portal.call("GET", operation["_links"]["target"]["href"], admin).json
    health = portal.call("GET", prod["_links"]["health"]["href"], admin).json
    status = portal.call("GET", prod["_links"]["status"]["href"], admin).json

    assert (operation["status"], prod["environment"], prod["status"]) == ("COMPLETED", "PROD", "ACTIVE")
    assert "Spring edition" in portal.visit(prod["url"]).data.decode()
    assert wp(portal, prod["siteId"], "option", "get", "blog_public").strip() == "1"
    assert wp(portal, promoted["siteId"], "option", "get", "blog_public").strip() == "0"
    assert (health["status"], status["health"]["status"]) == ("HEALTHY", "HEALTHY")
    assert (status["lastPromotion"]["status"], status["lastPromotion"]["notes"]) == ("COMPLETED", "Go")


def test_a_plugin_is_updated_and_a_version_that_breaks_the_home_page_is_taken_back(
    portal: Portal, admin: str, shop: dict[str, Any], directory: Path
) -> None:
    publish(directory, "90.0")
    good = follow(portal, plugin_of(portal, admin, shop), "update", admin)
    publish(directory, "90.1", Mishap.HOME)
    offered = plugin_of(portal, admin, shop)
    was = contents(portal, shop)
    bad = follow(portal, offered, "update", admin)

    assert (good["status"], offered["version"], offered["isActive"]) == ("COMPLETED", "90.0", True)
    assert (bad["status"], bad["rolledBack"], bad["error"]["code"]) == ("FAILED", True, "WP_001")
    assert bad["error"]["detail"] == "The site does not work with version 90.1 of the plugin: the home page answers 500."
    now = plugin_of(portal, admin, shop)
    assert (now["version"], now["isActive"], portal.visit(shop["url"]).status) == ("90.0", True, 200)
    assert contents(portal, shop) ^ was == set()


def test_a_promotion_whose_smoke_test_fails_leaves_the_target_as_it_was(
    portal: Portal, admin: str, shop: dict[str, Any], promoted: dict[str, Any]
) -> None:
    was = contents(portal, promoted)
    broken = public_of(portal, shop) / "wp-content/plugins/breaks.php"
    broken.write_text(BREAKS)
    wp(portal, shop["siteId"], "plugin", "activate", "breaks")

    try:
        operation = follow(portal, again(portal, admin, shop), "promote", admin, {"targetEnvironment": "SIT"})
    finally:
        wp(portal, shop["siteId"], "plugin", "deactivate", "breaks")
        broken.unlink()

    assert (operation["status"], operation["rolledBack"]) == ("FAILED", True)
    assert operation["error"]["detail"] == "The promoted site does not work: the home page answers 500."
    page = portal.visit(promoted["url"])
    assert (page.status, "Spring edition" in page.data.decode()) == (200, True)
    assert contents(portal, promoted) ^ was == set()


def test_two_toggles_at_once_are_done_in_turn_or_one_is_told_to_wait(portal: Portal, admin: str, shop: dict[str, Any]) -> None:
    toggle = f"/sites/{shop['siteId']}/plugins/{PLUGIN}/toggle"
    states = [True]

    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda active: portal.call("POST", toggle, admin, {"isActive": active}), (True, False)))
        assert {answer.status for answer in answers} <= {200, 409}, [answer.text for answer in answers]
        refused = [json.loads(answer.text)["code"] for answer in answers if answer.status == 409]
        assert set(refused) <= {"PLUG_004", "WRITE_CONFLICT"}
        done = [answer.json["isActive"] for answer in answers if answer.status == 200]
        states.append(plugin_of(portal, admin, shop)["isActive"])
        assert states[-1] in (done or states[-2:-1])
        assert portal.visit(shop["url"]).status == 200
