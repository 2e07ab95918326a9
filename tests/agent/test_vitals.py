"""How a real site is from inside: well, behind with its work, in want of updates, without its database, frozen."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest

from runtime.wordpress.port import WordPressFault
from tests.agent.conftest import Shop
from tests.agent.plugins import plugin
from tests.agent.test_plugins import without_directory
from tests.agent.test_site import WORDPRESS

pytestmark = pytest.mark.slow


def test_a_healthy_site_wants_nothing(own_shop: Shop) -> None:
    vitals = own_shop.agent.vitals(own_shop.address, seconds=5)

    assert vitals.facts == own_shop.agent.facts(own_shop.address)
    assert (vitals.facts.wordpress_version, vitals.facts.database_ok) == (WORDPRESS, True)
    assert (vitals.core_update, vitals.updates_checked) == (None, True)
    assert {(plugin.plugin_id, plugin.version == plugin.latest_version) for plugin in vitals.plugins} == {
        ("akismet", True),
        ("hello-dolly", True),
    }
    assert vitals.disk_free_percent
    assert 0 < vitals.disk_free_percent < 100


def test_an_event_that_is_overdue_is_told_with_its_delay(own_shop: Shop) -> None:
    own_shop.php(
        "update_option('cron', ['version' => 2, time() - 900 => ['late' => ['x' => ['schedule' => false, 'args' => []]]]])"
    )

    lag = own_shop.agent.vitals(own_shop.address).cron_lag_seconds

    assert lag is not None
    assert 900 <= lag < 960


def test_without_a_due_event_nothing_is_overdue(own_shop: Shop) -> None:
    own_shop.php("""(function () {
        $later = [];
        foreach (_get_cron_array() as $moment => $events) {
            $later[$moment + 86400] = $events;
        }
        return _set_cron_array($later);
    })()""")

    assert own_shop.agent.vitals(own_shop.address).cron_lag_seconds == 0


def test_an_update_of_wordpress_is_told(own_shop: Shop) -> None:
    offer = "(object) ['response' => 'upgrade', 'version' => '99.1', 'current' => '99.1', 'locale' => 'en_US']"
    known = f"['last_checked' => time(), 'version_checked' => wp_get_wp_version(), 'updates' => [{offer}]]"
    own_shop.php(f"set_site_transient('update_core', (object) {known})")

    assert own_shop.agent.vitals(own_shop.address).core_update == "99.1"


def test_an_update_of_a_plugin_is_told(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.publish("2.0")
    own_shop.agent.plugins(own_shop.address, fresh=True)

    found = {plugin.plugin_id: plugin.latest_version for plugin in own_shop.agent.vitals(own_shop.address).plugins}

    assert found[made.slug] == "2.0"


def test_when_the_directory_was_never_reached_the_site_says_so(own_shop: Shop) -> None:
    own_shop.site.sql("DELETE FROM wp_options WHERE option_name LIKE '%\\_transient\\_%'")
    without_directory(own_shop)

    vitals = own_shop.agent.vitals(own_shop.address)

    assert not vitals.updates_checked
    assert {plugin.latest_version for plugin in vitals.plugins} == {None}


def test_a_directory_that_is_silent_does_not_keep_the_site_from_answering_in_time(own_shop: Shop) -> None:
    own_shop.site.sql("DELETE FROM wp_options WHERE option_name LIKE '%\\_transient\\_%'")

    with socket.create_server(("127.0.0.1", 0)) as silent:
        without_directory(own_shop, f"http://127.0.0.1:{silent.getsockname()[1]}")
        vitals = own_shop.agent.vitals(own_shop.address, seconds=4)

    assert not vitals.updates_checked
    assert own_shop.agent.vitals(own_shop.address, seconds=1.9) == replace(vitals, cron_lag_seconds=ANY, disk_free_percent=ANY)


def test_what_was_learnt_long_ago_is_not_told_as_checked(own_shop: Shop) -> None:
    own_shop.agent.vitals(own_shop.address)
    without_directory(own_shop)
    own_shop.php(f"""(function () {{
        foreach (['update_core', 'update_plugins'] as $name) {{
            $known = get_site_transient($name);
            $known->last_checked = {int(time.time()) - 2 * 86_400};
            set_site_transient($name, $known);
        }}
    }})()""")

    vitals = own_shop.agent.vitals(own_shop.address)

    assert not vitals.updates_checked
    assert None not in {plugin.latest_version for plugin in vitals.plugins}


def test_a_site_without_its_database_says_nothing_and_says_it_at_once(own_shop: Shop) -> None:
    config = own_shop.site.places.config
    config.write_text(config.read_text().replace(own_shop.site.config["DB_HOST"], "localhost:/nowhere.sock"))

    for ask in (own_shop.agent.vitals, own_shop.agent.plugins):
        with pytest.raises(WordPressFault, match=r"^The site answered with HTTP status 500\.$"):
            ask(own_shop.address)
    assert own_shop.agent.visit(own_shop.address).status == 500


BREAKS = {
    "in the footer": "add_action('wp_footer', fn () => undefined_function());",
    "behind a warning": "echo '<p>Warning</p>'; flush(); undefined_function();",
    "with an end": "add_action('wp_footer', function () { exit; });",
}


@pytest.mark.parametrize("source", BREAKS.values(), ids=BREAKS)
def test_a_page_that_breaks_off_is_not_whole_to_a_visitor(own_shop: Shop, tmp_path: Path, source: str) -> None:
    made = plugin(own_shop, tmp_path, source)
    own_shop.php(f"update_option('active_plugins', ['{made.file}'])")

    visit = own_shop.agent.visit(own_shop.address)

    assert (visit.status, visit.whole) == (200, False)


@pytest.mark.parametrize("path", ["/", "/wp-login.php", "/wp-json/", "/no-such-page/"])
def test_the_pages_of_a_healthy_site_are_whole(shop: Shop, path: str) -> None:
    assert shop.agent.visit(shop.address, path).whole


def test_a_frozen_site_is_thawed_once(own_shop: Shop) -> None:
    marker = own_shop.site.places.folder / "frozen"
    marker.touch()

    answers = [own_shop.ask("thaw").json() for _ in range(2)]

    assert answers == [{"changed": True}, {"changed": False}]
    assert not marker.exists()
    own_shop.agent.thaw(own_shop.address)
