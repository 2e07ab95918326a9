"""Cloning: the same content at another address with secrets of its own, and a source that notices nothing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import pytest

from tests.wordpress import content
from tests.wordpress.content import place_of
from tests.wordpress.support import Outcome, SiteBed, TestSite

VALUES = 3_000
IN_USE = """
    CREATE TABLE wp_no_key (note TEXT, data LONGBLOB);
    INSERT INTO wp_no_key VALUES ('{url}/', 'a:1:{{i:0;s:{length}:"{url}";}}');
    CREATE DEFINER=`{site_id}`@`%` TRIGGER note AFTER INSERT ON wp_links FOR EACH ROW
      INSERT INTO wp_no_key (note) VALUES (NEW.link_url);
    CREATE TABLE wp_bbws_agent_nonces (nonce CHAR(32) PRIMARY KEY, expires BIGINT);
    INSERT INTO wp_bbws_agent_nonces VALUES ('spent', 1);
    INSERT INTO wp_options (option_name, option_value) VALUES ('bbws_probation', '1'), ('bbws_plugins.lock', '9999999999'),
      ('recovery_keys', 'a:1:{{i:0;a:1:{{s:10:"created_at";i:9999999999;}}}}'), ('x_url', '{url}/x')
"""
IN_USE_NOW = """<?php
define('DISABLE_WP_CRON', true);
require 'wp-load.php';
wp_set_auth_cookie(1);
retrieve_password('admin');
set_transient('kept_for_a_while', 'x', 600);
echo json_encode(WP_Application_Passwords::create_new_application_password(1, ['name' => 'phone'])[0]);
"""
PASSING = "option_name IN ('_transient_kept_for_a_while', 'bbws_probation') OR option_value LIKE '%9999999999%'"
LEFT_OUT = {"config.php", "public/wp-content/debug.log", "public/wp-content/cache/x", "public/wp-content/object-cache.php"}


@dataclass(frozen=True)
class Copy:
    """A source, and the copy that was made of it."""

    source: TestSite
    site: TestSite
    password: str
    outcome: Outcome
    expected: list[bytes]
    before: dict[str, Any]
    after: dict[str, Any]


def clone(source: TestSite, site: TestSite) -> Outcome:
    return source.bed.run("clone", *site.place, "--source-id", source.site_id)


def signed_in(site: TestSite, password: str) -> int:
    """What a site answers to whoever comes with an application password."""
    credentials = b64encode(f"admin:{password}".encode()).decode()
    return site.get("/wp-json/wp/v2/users/me?context=edit", headers={"Authorization": f"Basic {credentials}"}).status


def state_of(site: TestSite) -> dict[str, Any]:
    """All of a site: what its tables add up to, and what its files hash to."""
    tables = ", ".join(f"`{table}`" for table in site.sql("SHOW TABLES"))
    return {"tables": site.sql(f"CHECKSUM TABLE {tables}"), "files": site.digests()}


@pytest.fixture(scope="module")
def copy(bed: SiteBed) -> Copy:
    """A copy of a site that has been in use for a while."""
    source, site = bed.installed(), bed.new()
    values = content.values(VALUES, at=place_of(source), elsewhere=place_of(site))
    content.fill(source, [value for value, _ in values])
    source.sql(IN_USE.format(url=source.url, length=len(source.url), site_id=source.site_id))
    for name in ("uploads/a.png", "debug.log", "cache/x", "object-cache.php", "plugins/x/x.php"):
        (source.content / name).parent.mkdir(parents=True, exist_ok=True)
        (source.content / name).write_text("<?php")
    probe = source.places.public / "probe.php"
    probe.write_text(IN_USE_NOW)
    password: str = source.get("/probe.php").json()
    probe.unlink()
    before = state_of(source)
    outcome = clone(source, site)
    assert outcome.code == 0, outcome.log
    return Copy(source, site, password, outcome, [value for _, value in values], before, state_of(source))


def test_every_serialised_value_is_what_php_would_have_written_there_and_can_read(copy: Copy) -> None:
    found = content.meta_of(copy.site)

    assert len(found) == VALUES
    assert found == copy.expected
    assert content.unreadable(found) == []


def test_nothing_names_the_source_but_mail_addresses_and_what_identifies_posts_for_good(copy: Copy) -> None:
    dump = copy.site.dump().replace(f"info@{copy.source.host}", "")
    guids = copy.site.sql("SELECT guid FROM wp_posts ORDER BY ID")

    assert guids == copy.source.sql("SELECT guid FROM wp_posts ORDER BY ID")
    assert dump.count(copy.source.host) == sum(copy.source.host in guid for guid in guids) > VALUES
    assert copy.source.host.encode().hex().upper() not in dump, "neither in hexadecimal"
    assert copy.source.site_id not in dump


def test_tables_without_a_key_and_blobs_are_rewritten_too(copy: Copy) -> None:
    url = copy.site.url

    assert copy.site.sql("SELECT note, data FROM wp_no_key") == [f'{url}/\ta:1:{{i:0;s:{len(url)}:"{url}";}}']


def test_the_source_is_as_it_was(copy: Copy) -> None:
    assert copy.after == copy.before
    assert copy.source.get().status == 200


def test_the_copy_has_the_files_of_the_source(copy: Copy) -> None:
    theirs = {name: digest for name, digest in copy.after["files"].items() if name not in LEFT_OUT}
    ours = copy.site.digests()

    assert set(copy.after["files"]) >= LEFT_OUT
    assert {name: digest for name, digest in ours.items() if name not in LEFT_OUT} == theirs
    assert LEFT_OUT & set(ours) == {"config.php"}


def test_the_copy_answers_with_its_own_pages_and_keeps_search_engines_out(copy: Copy) -> None:
    page, rest = copy.site.get("/post-1000/"), copy.site.get("/wp-json/")

    assert (page.status, rest.json()["url"]) == (200, copy.site.url)
    assert "noindex" in page.data.decode()
    assert f'{copy.site.url}/1000/"' in page.data.decode()


def test_who_may_come_in_at_the_source_may_not_at_the_copy(copy: Copy) -> None:
    meta = copy.site.sql("SELECT meta_key FROM wp_usermeta WHERE meta_key IN ('session_tokens', '_application_passwords')")

    assert (signed_in(copy.source, copy.password), signed_in(copy.site, copy.password)) == (200, 401)
    assert meta == []
    assert copy.site.sql("SELECT DISTINCT user_activation_key FROM wp_users") == [""]
    assert copy.source.sql("SELECT DISTINCT user_activation_key FROM wp_users") != [""]


def test_what_lasts_for_a_while_only_stays_at_the_source(copy: Copy) -> None:
    found = f"SELECT option_name FROM wp_options WHERE {PASSING}"

    assert (len(copy.source.sql(found)), copy.site.sql(found)) == (4, [])
    assert copy.site.sql("SELECT COUNT(*) FROM wp_bbws_agent_nonces") == ["0"]


def test_no_secret_is_that_of_the_source(copy: Copy) -> None:
    same = {name for name, value in copy.site.config.items() if copy.source.config[name] == value}

    assert set(copy.site.config) == set(copy.source.config)
    assert same == {"DB_HOST", "WP_ENVIRONMENT_TYPE", "BBWS_WORDPRESS_ORG"}


def test_programs_in_the_database_run_as_the_copy_s_user(copy: Copy) -> None:
    copy.site.sql("START TRANSACTION; INSERT INTO wp_links (link_url, link_notes) VALUES ('x', ''); ROLLBACK")

    definers = copy.site.sql("SELECT definer FROM information_schema.triggers WHERE trigger_schema = DATABASE()")
    assert definers == [f"{copy.site.site_id}@%"]


def test_cloning_again_changes_nothing_not_even_what_the_customer_has_set_since(copy: Copy) -> None:
    copy.site.sql("UPDATE wp_posts SET post_title = 'Changed' WHERE ID = 1000")
    config, before = copy.site.config, copy.site.look()

    again = clone(copy.source, copy.site)

    assert (again.code, again.changed) == (0, False)
    assert (copy.site.config, copy.site.look()) == (config, before)
    assert copy.site.sql("SELECT post_title FROM wp_posts WHERE ID = 1000") == ["Changed"]


def test_a_copy_of_a_copy_is_filled_from_it(copy: Copy) -> None:
    second = copy.site.bed.new(environment="PROD")

    outcome = clone(copy.site, second)

    assert outcome.code == 0, outcome.log
    assert len(content.meta_of(second)) == VALUES
    assert "noindex" not in second.get().data.decode(), "search engines are let into what becomes public"


def test_a_copy_that_was_killed_after_each_step_in_turn_ends_like_one_that_was_not(bed: SiteBed, site: TestSite) -> None:
    unkilled, killed = bed.new(), bed.new()

    bed.run_killed(clone(site, unkilled).steps, "clone", *killed.place, "--source-id", site.site_id)

    last = clone(site, killed)

    assert (last.code, last.changed) == (0, False)
    assert killed.look() == unkilled.look()


def test_what_cannot_be_copied_is_refused_and_nothing_is_made(bed: SiteBed, site: TestSite) -> None:
    taken = TestSite(bed, bed.new().site_id, site.host, "", "DEV")
    refused = [clone(bed.new(), wanted := bed.new()), clone(site, taken), clone(site, site)]

    assert [(run.code, run.result["detail"]) for run in refused] == [
        (65, "There is no such site to copy."),
        (65, "The address belongs to another site."),
        (65, "There is no such site to copy."),
    ]
    assert [one.databases() + one.users() for one in (wanted, taken)] == [[], []]
    assert not wanted.places.folder.exists()
    assert site.get().status == 200
