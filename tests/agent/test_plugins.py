"""Which plugins a real site has, and which newer ones it is offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.bed.layout import INSTALLED
from local.directory.packages import headers_in
from runtime.wordpress.port import InstalledPlugin
from tests.agent.conftest import Shop
from tests.agent.plugins import PACKAGES, plugin

pytestmark = pytest.mark.slow

AKISMET = headers_in((INSTALLED / "core/wp-content/plugins/akismet/akismet.php").read_text())
NOWHERE = "http://127.0.0.1:9"


def listed(shop: Shop, *, fresh: bool = False) -> dict[str, InstalledPlugin]:
    return {plugin.plugin_id: plugin for plugin in shop.agent.plugins(shop.address, fresh=fresh)}


def without_directory(shop: Shop, instead: str = NOWHERE) -> None:
    """Have the site ask where nobody answers."""
    constants = shop.site.config
    config = shop.site.places.config
    config.write_text(config.read_text().replace(constants["BBWS_WORDPRESS_ORG"], instead))


def test_the_plugins_are_those_that_wordpress_brings_along_and_not_the_agent(own_shop: Shop) -> None:
    version = AKISMET["version"]

    plugins = listed(own_shop)

    assert set(plugins) == {"akismet", "hello-dolly"}
    assert plugins["akismet"] == InstalledPlugin(
        plugin_id="akismet",
        name=AKISMET["plugin name"],
        version=version,
        is_active=False,
        latest_version=version,
        package=f"{PACKAGES}/akismet.{version}.zip",
    )


def test_a_newer_version_is_known_once_the_directory_is_asked_again(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    before = listed(own_shop, fresh=True)[made.slug]

    made.publish("2.0")

    known = listed(own_shop)[made.slug]
    asked = listed(own_shop, fresh=True)[made.slug]
    assert (before.version, before.latest_version, before.package) == ("1.0", None, None)
    assert known.latest_version is None
    assert (asked.version, asked.latest_version, asked.package) == ("1.0", "2.0", made.package("2.0"))


def test_what_is_known_counts_for_an_hour(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    listed(own_shop, fresh=True)
    made.publish("2.0")

    own_shop.php(
        "(function () { $known = get_site_transient('update_plugins'); $known->last_checked -= 3601;"
        "return set_site_transient('update_plugins', $known); })()"
    )

    assert listed(own_shop)[made.slug].latest_version == "2.0"


def test_a_version_that_the_site_cannot_run_is_not_offered(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path, headers="Requires PHP: 99.0")
    made.publish("2.0")

    found = listed(own_shop, fresh=True)[made.slug]

    assert (found.latest_version, found.package) == ("1.0", None)


def test_without_the_directory_the_list_stays_and_so_does_what_was_known(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.publish("2.0")
    before = listed(own_shop, fresh=True)

    without_directory(own_shop)

    assert listed(own_shop, fresh=True) == before
    assert before[made.slug].latest_version == "2.0"


def test_a_site_with_very_many_plugins_lists_them_all(own_shop: Shop, tmp_path: Path) -> None:
    for number in range(300):
        folder = own_shop.site.content / "plugins" / f"addon-{number:03}-{'x' * 60}"
        folder.mkdir()
        (folder / "addon.php").write_text(f"<?php\n/* Plugin Name: {'Grüße ' * 20}\nVersion: 1.{number} */\n")

    assert len(listed(own_shop)) == 302


def test_of_several_plugins_in_one_folder_the_active_one_counts(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    (made.folder / "addon.php").write_text("<?php\n/* Plugin Name: Add-on\nVersion: 7.0 */\n")

    both = listed(own_shop)[made.slug]
    own_shop.php(f"update_option('active_plugins', ['{made.slug}/addon.php'])")

    assert (both.name, both.is_active) == ("Guestbook", False)
    assert (listed(own_shop)[made.slug].name, listed(own_shop)[made.slug].is_active) == ("Add-on", True)
