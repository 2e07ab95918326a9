"""The agent inside a real WordPress: what it answers, whom, and what cannot stop it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from runtime.wordpress.port import SiteAddress, SiteFacts, WordPressFault
from tests.agent.conftest import Shop

pytestmark = pytest.mark.slow

OTHER_SITE_ID = "site-0199c0de-0000-7000-8000-000000000002"

WORDPRESS = dict(
    line.split("=", 1)
    for line in (Path(__file__).parents[2] / "wordpress" / "versions.env").read_text().splitlines()
    if "=" in line and not line.startswith("#")
)["WORDPRESS_VERSION"]


def plugin(shop: Shop, source: str) -> None:
    """Put an active ordinary plugin into the site."""
    folder = shop.site.content / "plugins" / "broken"
    folder.mkdir()
    (folder / "broken.php").write_text(f"<?php\n/* Plugin Name: Broken */\n{source}")
    shop.set_option("active_plugins", 'a:1:{i:0;s:17:"broken/broken.php";}')


def wait_until_broken(shop: Shop) -> None:
    """PHP looks for changed files every other second."""
    deadline = time.monotonic() + 10
    while "</html>" in (page := shop.front_page()) and "critical error" not in page:
        assert time.monotonic() < deadline, "The site is not broken."
        time.sleep(0.1)


def test_the_portal_learns_what_the_site_is(shop: Shop) -> None:
    facts = shop.agent.facts(shop.address)

    php = shop.php("PHP_VERSION")
    assert facts == SiteFacts(
        site_id=shop.site.site_id, wordpress_version=WORDPRESS, php_version=php, database_ok=True, safe_mode=False
    )


def test_the_portal_renames_the_site(own_shop: Shop) -> None:
    own_shop.agent.rename(own_shop.address, site_name="Grüße & Co")

    assert "<title>Grüße &amp; Co</title>" in own_shop.front_page()


def test_a_site_at_another_site_s_address_refuses_the_portal(shop: Shop) -> None:
    other = SiteAddress(site_id=OTHER_SITE_ID, url=shop.address.url)

    with pytest.raises(WordPressFault, match="refused"):
        shop.agent.facts(other)


def test_an_answer_is_json_that_nobody_keeps(shop: Shop) -> None:
    answer = shop.ask("facts")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert "X-Powered-By" not in answer.headers


def refusals(shop: Shop) -> dict[str, tuple[bytes, dict[str, str]]]:
    """A body and headers of calls that are no calls of the portal's to this site, now."""
    body = b"{}"
    good = shop.signed("facts", body)
    used = shop.signed("facts", body)
    shop.post("facts", body, used)
    return {
        "a changed body": (b'{"a": 1}', good),
        "an old call": (body, shop.signed("facts", body, age=310)),
        "a call of the future": (body, shop.signed("facts", body, age=-310)),
        "a call sent again": (body, used),
        "a call of another site": (body, shop.signed("facts", body, site_id=OTHER_SITE_ID)),
        "a call of another action": (body, shop.signed("rename", body)),
        "another secret": (body, shop.signed("facts", body, secret="x" * 43)),
        "a body too long": (b" " * 40_000, shop.signed("facts", b" " * 40_000)),
        "no headers": (body, {}),
        **{f"no {name}": (body, {key: value for key, value in good.items() if key != name}) for name in good},
    }


def test_whatever_is_wrong_the_refusal_is_the_same(shop: Shop) -> None:
    answers = {name: shop.post("facts", *given) for name, given in refusals(shop).items()}

    assert {name: (answer.status, answer.data) for name, answer in answers.items()} == dict.fromkeys(
        answers, (401, b'{"code":"unauthorized"}')
    )
    assert {answer.headers["Cache-Control"] for answer in answers.values()} == {"no-store"}


def test_a_call_that_is_sent_many_times_at_once_is_answered_once(shop: Shop) -> None:
    headers = shop.signed("facts", b"{}")

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(shop.post, "facts", b"{}", headers) for _ in range(8)]

    assert sorted(call.result().status for call in calls) == [200] + [401] * 7


def test_nonces_are_forgotten_when_their_calls_are_too_old_to_pass(shop: Shop) -> None:
    shop.ask("facts")
    now = int(time.time())
    shop.site.sql(f"INSERT INTO wp_bbws_agent_nonces VALUES (REPEAT('a', 32), {now - 1}), (REPEAT('b', 32), {now + 60})")

    shop.ask("facts")

    kept = shop.site.sql("SELECT LEFT(nonce, 1) FROM wp_bbws_agent_nonces WHERE nonce RLIKE '^(a+|b+)$'")
    assert kept == ["b"]


def test_a_nonce_table_that_is_gone_comes_back(shop: Shop) -> None:
    shop.ask("facts")
    shop.site.sql("DROP TABLE wp_bbws_agent_nonces")
    headers = shop.signed("facts", b"{}")

    statuses = [shop.post("facts", b"{}", headers).status for _ in range(2)]

    assert statuses == [200, 401]


def test_while_secrets_are_rotated_both_are_accepted(own_shop: Shop) -> None:
    config = own_shop.site.places.config
    current = own_shop.secret
    new = "n" * 43
    config.write_text(config.read_text().replace(current, new) + f"define('BBWS_AGENT_SECRET_PREVIOUS', '{current}');\n")

    statuses = [own_shop.ask("facts", secret=secret).status for secret in (new, current, "o" * 43)]

    assert statuses == [200, 200, 401]


def test_a_site_without_a_secret_answers_nobody(own_shop: Shop) -> None:
    config = own_shop.site.places.config
    config.write_text(config.read_text().replace(own_shop.secret, ""))

    assert own_shop.ask("facts").status == 401


def test_the_same_title_again_changes_nothing(own_shop: Shop) -> None:
    title = 'Grüße & <b>Co</b> "x" \\ 😀'

    answers = [own_shop.ask("rename", {"siteName": title}) for _ in range(2)]

    assert [(answer.status, answer.json()) for answer in answers] == [(200, {"changed": True}), (200, {"changed": False})]
    assert own_shop.php("wp_specialchars_decode(get_option('blogname'), ENT_QUOTES)") == title


@pytest.mark.parametrize("title", [None, 7, "", "  ", "x" * 101, "a\nb", "a\x00b", ["x"]])
def test_what_is_no_title_is_refused(shop: Shop, title: Any) -> None:
    answer = shop.ask("rename", {"siteName": title})

    assert (answer.status, answer.json()) == (400, {"code": "invalid_input", "field": "siteName"})
    assert shop.ask("rename", {"siteName": shop.site.title}).json() == {"changed": False}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b"[" * 100, b"\xff"])
def test_a_body_that_is_no_object_is_refused(shop: Shop, body: bytes) -> None:
    answer = shop.post("facts", body, shop.signed("facts", body))

    assert (answer.status, answer.json()) == (400, {"code": "invalid_input", "field": ""})


@pytest.mark.parametrize("action", ["unknown", "actions", "input"])
def test_an_action_that_this_agent_does_not_have_is_not_found(shop: Shop, action: str) -> None:
    answer = shop.ask(action)

    assert (answer.status, answer.json()) == (404, {"code": "unknown_action"})


BROKEN_PLUGINS = {
    "a fatal error": "undefined_function();",
    "a parse error": "this is no PHP",
    "a function twice": "function wp_install_defaults_twice() {} function wp_install_defaults_twice() {}",
    "an early end": "exit('Licence expired');",
    "all the memory": "$x = []; while (true) { $x[] = str_repeat('x', 1 << 20); }",
    "an error in a hook": "add_action('init', 'undefined_function'); add_action('wp_loaded', 'undefined_function');",
    "output and a redirect": "echo 'hello'; header('Location: /elsewhere', true, 302); exit;",
    "no REST API": "add_filter('rest_authentication_errors', fn () => new WP_Error('no', 'no', ['status' => 403])); exit;",
}


@pytest.mark.parametrize("source", BROKEN_PLUGINS.values(), ids=BROKEN_PLUGINS)
def test_a_broken_plugin_does_not_stop_control_calls(own_shop: Shop, source: str) -> None:
    plugin(own_shop, source)
    wait_until_broken(own_shop)

    facts, renamed = own_shop.ask("facts"), own_shop.ask("rename", {"siteName": "Renamed"})

    assert (facts.status, facts.json()["safeMode"]) == (200, True)
    assert (renamed.status, renamed.json()) == (200, {"changed": True})


def test_a_plugin_that_is_left_out_stays_active(own_shop: Shop) -> None:
    plugin(own_shop, "add_action('wp_head', fn () => print '<!-- plugin -->');")
    assert own_shop.ask("rename", {"siteName": "Renamed"}).status == 200

    assert own_shop.php("get_option('active_plugins')") == ["broken/broken.php"]
    assert "<!-- plugin -->" in own_shop.front_page()


@pytest.mark.parametrize("source", ["undefined_function();", "exit;", "this is no PHP"])
def test_a_broken_theme_does_not_stop_control_calls(own_shop: Shop, source: str) -> None:
    theme = own_shop.site.content / "themes" / own_shop.site.option("stylesheet")
    (theme / "functions.php").write_text(f"<?php\n{source}")
    wait_until_broken(own_shop)

    assert own_shop.ask("facts").status == 200
    assert own_shop.ask("rename", {"siteName": "Renamed"}).json() == {"changed": True}


def test_a_missing_theme_does_not_stop_control_calls(own_shop: Shop) -> None:
    own_shop.set_option("stylesheet", "gone")
    own_shop.set_option("template", "gone")

    assert own_shop.ask("facts").status == 200


FAULTS = {
    "an exception": "throw new RuntimeException('/srv/secret');",
    "a fatal error": "eval('function twice_over() {} function twice_over() {}');",
    "a death": "wp_die('/srv/secret');",
    "a warning": "echo $undefined; trigger_error('/srv/secret', E_USER_WARNING); throw new Error('/srv/secret');",
}


@pytest.mark.parametrize("source", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_json_without_a_word_of_php_s(own_shop: Shop, source: str) -> None:
    (own_shop.site.content / "mu-plugins" / "fault.php").write_text(
        "<?php ini_set('display_errors', '1'); echo 'hello'; error_reporting(-1);"
        f"add_filter('pre_update_option_blogname', function () {{ ini_set('display_errors', '1'); {source} }});"
    )

    answer = own_shop.ask("rename", {"siteName": "Renamed"})

    assert (answer.status, answer.data) == (500, b'{"code":"internal"}')
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_an_offline_site_still_answers_the_portal_and_nobody_else(shop: Shop) -> None:
    shop.site.run("offline", "--reason", "suspended")

    statuses = [shop.site.get("/").status, shop.site.get("/wp-json/").status, shop.ask("facts").status]

    shop.site.run("online")
    assert statuses == [503, 503, 200]


def test_the_agent_answers_whatever_the_permalinks_are(own_shop: Shop) -> None:
    own_shop.set_option("permalink_structure", "")

    assert own_shop.ask("facts").status == 200


LISTED = """(function () {
    require_once ABSPATH . 'wp-admin/includes/admin.php';
    require_once ABSPATH . 'wp-admin/includes/class-wp-debug-data.php';
    wp_set_current_user(1);
    set_current_screen('plugins');
    $_REQUEST['plugin_status'] = 'mustuse';
    $table = _get_list_table('WP_Plugins_List_Table', ['screen' => 'plugins']);
    $table->prepare_items();
    $rest = rest_do_request(new WP_REST_Request('GET', '/wp/v2/plugins'))->get_data();
    return [
        'screen' => array_column($table->items, 'Name'),
        'health' => array_keys(WP_Debug_Data::debug_data()['wp-mu-plugins']['fields']),
        'rest' => array_column($rest, 'name'),
    ];
})()"""


def test_customers_find_the_agent_in_no_list_of_plugins(own_shop: Shop) -> None:
    plugin(own_shop, "")
    (own_shop.site.content / "mu-plugins" / "other.php").write_text("<?php\n/* Plugin Name: Other */\n")

    listed = own_shop.php(LISTED)

    assert listed["screen"] == ["Other"]
    assert listed["health"] == ["Other"]
    assert "Broken" in listed["rest"]
    assert not [name for name in listed["rest"] if "BBWS" in name]


def test_customers_cannot_switch_the_agent_off(shop: Shop) -> None:
    switched_off = """(function () {
        require_once ABSPATH . 'wp-admin/includes/plugin.php';
        wp_set_current_user(1);
        deactivate_plugins(['bbws-agent.php']);
        $request = new WP_REST_Request('PUT', '/wp/v2/plugins/bbws-agent');
        $request->set_param('status', 'inactive');
        return rest_do_request($request)->get_status();
    })()"""

    assert shop.php(switched_off) == 404
    assert shop.ask("facts").status == 200
