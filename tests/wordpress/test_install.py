"""Installing: a whole WordPress, once, whatever happens on the way."""

from __future__ import annotations

import base64
import html
import io
import os
import shlex
import signal
import time
import zipfile
from pathlib import Path

import pytest

from local.bed.layout import INSTALLED
from local.clients import client
from tests.wordpress.support import SiteBed, TestSite

DIRECTORY = """<?php
// Stands in for the WordPress.org plugin directory, which holds what is in this folder.
add_filter('pre_http_request', static function ($answer, $arguments, $url) {
    if (!str_contains($url, 'wordpress.org')) {
        return $answer;
    }
    if (file_exists('%(folder)s/away')) {
        return new WP_Error('http_request_failed', 'cURL error 6: Could not resolve host');
    }
    parse_str((string) parse_url($url, PHP_URL_QUERY), $query);
    $slug = $query['request']['slug'] ?? basename($url, '.zip');
    $package = "%(folder)s/$slug.zip";
    if (!file_exists($package)) {
        return ['response' => ['code' => 404], 'body' => '{"error":"Plugin not found."}', 'headers' => [], 'cookies' => []];
    }
    if ($arguments['filename'] ?? null) {
        copy($package, $arguments['filename']);
    }
    $plugin = ['name' => $slug, 'slug' => $slug, 'version' => '1.0', 'language_packs' => [],
        'download_link' => "https://downloads.wordpress.org/plugin/$slug.zip"];
    return ['response' => ['code' => 200], 'body' => json_encode($plugin), 'headers' => [], 'cookies' => []];
}, 10, 3);
"""


def test_an_installed_site_answers_with_its_own_pages(site: TestSite) -> None:
    page, post, rest = site.get("/"), site.get("/hello-world/"), site.get("/wp-json/")

    assert (page.status, post.status, rest.status) == (200, 200, 200)
    assert html.escape(site.title).replace("&#x27;", "&#039;") in page.data.decode()
    assert rest.json()["url"] == site.url


def test_installing_again_changes_nothing_not_even_what_the_customer_has_set_since(bed: SiteBed) -> None:
    site = bed.installed()
    site.sql("UPDATE wp_options SET option_value = '/%year%/%postname%/' WHERE option_name = 'permalink_structure'")
    config, before = site.config, site.look()

    again = site.install()

    assert (again.code, again.changed) == (0, False)
    assert site.config == config
    assert site.look() == before


def test_an_installation_killed_after_each_step_in_turn_ends_like_one_that_was_not(bed: SiteBed) -> None:
    unkilled = bed.new(plugins="akismet")
    steps = unkilled.install().steps
    killed = bed.new(plugins="akismet")
    bed.run_killed(steps, "install", *killed.order)

    last = killed.install()

    assert last.code == 0
    assert last.changed is False, "the last step had been done"
    assert killed.look() == unkilled.look()


@pytest.mark.parametrize("table", ["wp_options", "wp_posts"])
def test_an_installation_killed_while_wordpress_fills_the_database_is_begun_anew(
    bed: SiteBed, site: TestSite, table: str
) -> None:
    killed = bed.new()
    process = bed.start("install", *killed.order)
    waiting = f"SELECT 1 FROM information_schema.tables WHERE table_schema = '{killed.site_id}' AND table_name = '{table}'"
    deadline = time.monotonic() + 30
    while not bed.sql(waiting):
        assert time.monotonic() < deadline
    # What it started goes on for a moment: the next run has to wait for its end.
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    again = killed.install()

    assert again.code == 0, again.log
    assert killed.look() == site.look()


def test_visitors_get_in_only_when_all_is_done(bed: SiteBed) -> None:
    site = bed.new()
    bed.run_killed("plugins active", "install", *site.order)
    before = site.get().status

    site.install()

    assert (before, site.get().status) == (404, 200)


def test_only_a_production_site_is_shown_to_search_engines_and_sends_mail(bed: SiteBed) -> None:
    found = {}
    for environment in ("SIT", "PROD"):
        site = bed.installed(environment=environment)
        (site.places.public / "probe.php").write_text(
            "<?php require 'wp-load.php'; echo json_encode([has_filter('pre_wp_mail'), wp_get_environment_type()]);"
        )
        mails_stopped, kind = site.get("/probe.php").json()
        found[environment] = ("noindex" in site.get().data.decode(), bool(mails_stopped), kind)

    assert found == {"SIT": (True, True, "local"), "PROD": (False, False, "production")}


def test_the_agent_s_secret_is_the_one_that_the_portal_derives(bed: SiteBed, site: TestSite) -> None:
    derived = client(bed.local, "kms").generate_mac(
        KeyId=bed.key_id, MacAlgorithm="HMAC_SHA_256", Message=f"site-agent:{site.site_id}".encode()
    )["Mac"]

    assert site.config["BBWS_AGENT_SECRET"] == base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


def test_secrets_differ_between_sites_and_only_their_owner_may_read_them(bed: SiteBed, site: TestSite) -> None:
    other = bed.installed()
    shared = {"DB_HOST", "WP_ENVIRONMENT_TYPE", "BBWS_WORDPRESS_ORG"}

    assert {name for name, value in site.config.items() if other.config[name] == value} == shared
    assert site.places.config.stat().st_mode & 0o777 == 0o600
    assert not site.places.config.is_relative_to(site.places.public)


def test_plugins_that_wordpress_brings_along_are_activated(bed: SiteBed) -> None:
    site = bed.new(plugins="akismet,hello")

    assert site.install().code == 0
    assert "akismet/akismet.php" in site.option("active_plugins")
    assert "hello.php" in site.option("active_plugins")


def test_a_plugin_of_the_directory_is_fetched_and_activated(bed: SiteBed, tmp_path: Path) -> None:
    site = _with_directory(bed, tmp_path, plugins="sliders")
    _publish(tmp_path, "sliders", "add_action('wp_head', fn () => print('sliders at work'));")

    outcome = site.install()

    assert outcome.code == 0, outcome.log
    assert "sliders at work" in site.get().data.decode()


def test_a_plugin_that_nobody_knows_is_refused_for_good(bed: SiteBed, tmp_path: Path) -> None:
    site = _with_directory(bed, tmp_path, plugins="no-such-plugin")

    outcome = site.install()

    assert outcome.code == 65
    assert outcome.result["detail"] == "There is no plugin no-such-plugin in the WordPress.org directory."
    assert site.get().status == 404


def test_a_plugin_that_breaks_the_site_is_refused_for_good(bed: SiteBed, tmp_path: Path) -> None:
    site = _with_directory(bed, tmp_path, plugins="broken")
    _publish(tmp_path, "broken", "throw new Exception('broken');")

    outcome = site.install()

    assert outcome.code == 65
    assert outcome.result["detail"] == "The plugin broken cannot be activated on this site."


def test_a_directory_that_cannot_be_reached_is_a_passing_fault(bed: SiteBed, tmp_path: Path) -> None:
    site = _with_directory(bed, tmp_path, plugins="sliders")
    (tmp_path / "away").touch()
    _publish(tmp_path, "sliders", "")
    first = site.install()

    (tmp_path / "away").unlink()

    assert (first.code, site.install().code) == (75, 0)


def test_an_address_that_is_another_site_s_is_refused(bed: SiteBed, site: TestSite) -> None:
    other = TestSite(bed, bed.new().site_id, site.host, "", "DEV")

    outcome = other.install()

    assert outcome.code == 65
    assert outcome.result["detail"] == "The address belongs to another site."
    assert other.databases() == []
    assert site.get().status == 200


def test_no_secret_is_in_an_argument_an_environment_or_the_output(bed: SiteBed, tmp_path: Path) -> None:
    shims = _recording(tmp_path, "mariadb", "php")
    site = bed.new(plugins="akismet")
    path = f"{shims}:{bed.environment['PATH']}"

    outcome = bed.run("install", *site.order, environ={"PATH": path, "PHP": str(shims / "php")})

    assert outcome.code == 0
    seen = (tmp_path / "seen").read_text()
    assert {"core", "plugin"} <= set(seen.split("\n")), "wp-cli was recorded"
    named = {"DB_PASSWORD", "BBWS_AGENT_SECRET", *(name for name in site.config if name.endswith(("_KEY", "_SALT")))}
    hidden = [bed.access.database_password, *(site.config[name] for name in named)]
    assert [secret for secret in hidden if secret in seen + outcome.out + outcome.log] == []
    assert "AWS_" not in seen, "site code gets no credentials of the platform"


def _with_directory(bed: SiteBed, folder: Path, *, plugins: str) -> TestSite:
    """A site whose files are there already, and with them a stand-in for the plugin directory."""
    site = bed.new(plugins=plugins)
    bed.run_killed("files in place", "install", *site.order)
    (site.content / "mu-plugins" / "directory.php").write_text(DIRECTORY % {"folder": folder})
    return site


def _publish(folder: Path, slug: str, code: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{slug}/{slug}.php", f"<?php\n/* Plugin Name: {slug}\nVersion: 1.0 */\n{code}\n")
    (folder / f"{slug}.zip").write_bytes(content.getvalue())


def _recording(folder: Path, *programs: str) -> Path:
    """Programs that write down how they were called before they do their work."""
    shims = folder / "shims"
    shims.mkdir()
    for name in programs:
        shim, real = shims / name, shlex.quote(str(INSTALLED / "bin" / name))
        seen = shlex.quote(str(folder / "seen"))
        shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{seen}\nenv >>{seen}\nexec {real} "$@"\n')
        shim.chmod(0o755)
    return shims
