"""Plugins of a real site, active or not: their hooks, their deaths, and the time in which they are on probation."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from local.directory.pack import Mishap
from runtime.wordpress.port import PluginMissing, PluginRefused
from tests.agent.conftest import Shop
from tests.agent.plugins import Made, plugin

pytestmark = pytest.mark.slow

HOOKED = """
register_activation_hook(__FILE__, fn () => update_option('hooked', current_user_can('activate_plugins') ? 'on' : 'nobody'));
register_deactivation_hook(__FILE__, fn () => update_option('hooked', 'off'));
"""


def end_probation(made: Made) -> None:
    """Let the time pass in which the plugin could have been confirmed."""
    made.shop.set_option("bbws_probation", f'a:1:{{s:{len(made.slug)}:"{made.slug}";i:{int(time.time()) - 1};}}')


def test_a_plugin_is_activated_and_deactivated_with_its_hooks(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path, HOOKED)

    turned = [made.toggle(True), made.is_active(), own_shop.php("get_option('hooked')")]
    again = [made.toggle(False), made.is_active(), own_shop.php("get_option('hooked')")]

    assert (turned, again) == ([True, True, "on"], [True, False, "off"])


def test_the_same_again_changes_nothing(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    off = made.toggle(False)
    made.toggle(True)
    made.confirm()

    assert (off, made.toggle(True), made.is_active()) == (False, False, True)


@pytest.mark.parametrize("slug", ["bbws-agent", "bbws-agent.php", "unknown"])
def test_what_is_no_plugin_cannot_be_toggled(shop: Shop, slug: str) -> None:
    made = Made(shop, slug, Path())

    for act in (lambda: made.toggle(False), lambda: made.toggle(True), made.confirm):
        with pytest.raises(PluginMissing):
            act()
    assert shop.ask("facts").status == 200


@pytest.mark.parametrize("fields", [{}, {"pluginId": "akismet"}, {"pluginId": "akismet", "isActive": 1}, {"isActive": True}])
def test_what_is_asked_for_has_to_be_said(shop: Shop, fields: dict[str, object]) -> None:
    assert shop.ask("toggle-plugin", fields).status == 400


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ("Requires PHP: 99.0", "newer PHP"),
        ("Requires at least: 99.0", "newer WordPress"),
        ("Requires Plugins: nobody", "other plugins"),
    ],
)
def test_a_plugin_that_lacks_what_it_needs_is_refused(own_shop: Shop, tmp_path: Path, headers: str, said: str) -> None:
    made = plugin(own_shop, tmp_path, headers=headers)

    with pytest.raises(PluginRefused, match=said):
        made.toggle(True)
    assert not made.is_active()


DEATHS = {
    "an exception": "throw new RuntimeException('/srv/secret');",
    "a fatal error": "eval('function guestbook_twice() {} function guestbook_twice() {}');",
    "a parse error": "this is no PHP",
    "an early end": "echo 'Licence expired'; exit(1);",
    "all the memory": "$x = []; while (true) { $x[] = str_repeat('x', 1 << 20); }",
    "a death in its hook": "register_activation_hook(__FILE__, fn () => wp_die('Install WooCommerce first'));",
    "a fatal error once it is active": "add_action('activated_plugin', fn () => str_repeat('x', 1 << 40));",
    "a redirect and an end": "header('Location: /elsewhere', true, 302); setcookie('a', 'b'); exit;",
    "its own shutdown": "register_shutdown_function(fn () => exit('x')); add_action('shutdown', fn () => print 'x', 0); exit;",
}


@pytest.mark.parametrize("source", DEATHS.values(), ids=DEATHS)
def test_a_plugin_that_fails_while_it_is_activated_is_refused_and_inactive(own_shop: Shop, tmp_path: Path, source: str) -> None:
    made = plugin(own_shop, tmp_path, source)

    answer = own_shop.ask("toggle-plugin", {"pluginId": made.slug, "isActive": True})

    assert (answer.status, answer.json()) == (
        422,
        {"code": "plugin_refused", "detail": "The plugin failed while it was activated."},
    )
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert not {"Location", "Set-Cookie"} & set(answer.headers)
    assert not made.is_active()
    assert own_shop.php("[get_option('bbws_probation'), get_option('bbws_plugins.lock')]") == [False, False]


TALKERS = {
    "prints": "echo 'Welcome';",
    "sends its owner to a page of its own": "add_action('activated_plugin', function () { wp_redirect('/welcome'); exit; });",
}


@pytest.mark.parametrize("source", TALKERS.values(), ids=TALKERS)
def test_a_plugin_that_prints_or_ends_php_once_it_is_active_is_active(own_shop: Shop, tmp_path: Path, source: str) -> None:
    made = plugin(own_shop, tmp_path, source)

    assert made.toggle(True)
    assert made.is_active()


@pytest.mark.parametrize("source", ["undefined_function();", "exit;", "register_deactivation_hook(__FILE__, fn () => exit());"])
def test_a_broken_plugin_can_be_deactivated(own_shop: Shop, tmp_path: Path, source: str) -> None:
    made = plugin(own_shop, tmp_path, source)
    own_shop.php(f"update_option('active_plugins', ['{made.file}'])")

    assert made.toggle(False)
    assert not made.is_active()
    assert own_shop.agent.visit(own_shop.address).is_good


def test_a_plugin_that_breaks_the_site_is_undone_by_the_site_when_nobody_confirms_it(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path, mishap=Mishap.HOME)
    made.toggle(True)
    broken = own_shop.agent.visit(own_shop.address).status

    end_probation(made)

    assert broken == 500
    assert own_shop.agent.visit(own_shop.address).is_good
    assert not made.is_active()
    with pytest.raises(PluginRefused, match="not confirmed in time"):
        made.confirm()


def test_a_plugin_on_probation_is_loaded_until_its_time_is_over(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path, "add_action('wp_head', fn () => print '<!-- guestbook -->');")
    made.toggle(True)

    assert "<!-- guestbook -->" in own_shop.front_page()
    (until,) = own_shop.php("array_values(get_option('bbws_probation'))")
    assert 20 < until - time.time() <= 30


def test_a_confirmed_plugin_stays(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.toggle(True)

    made.confirm()
    made.confirm()

    assert own_shop.php("get_option('bbws_probation')") is False
    assert own_shop.agent.visit(own_shop.address).is_good
    assert made.is_active()


def test_an_activation_asked_for_again_is_still_to_be_confirmed(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.toggle(True)

    assert made.toggle(True)
    end_probation(made)
    own_shop.front_page()
    assert not made.is_active()


def test_a_deactivated_plugin_is_not_on_probation(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.toggle(True)
    made.toggle(False)

    assert own_shop.php("get_option('bbws_probation')") is False


def test_an_ordinary_request_pays_no_query_for_probation(shop: Shop) -> None:
    counted = """(function () {
        $before = get_num_queries();
        BBWS\\Agent\\Probation::enforce();
        return get_num_queries() - $before;
    })()"""

    assert shop.php(counted) == 0
