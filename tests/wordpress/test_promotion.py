"""Promotion: the source's content in the target's place, what the rules keep of the target, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.wordpress.promotions import KEEP, Promotion, content_of, remains, whole
from tests.wordpress.support import SiteBed, TestSite
from wordpress.maintenance.outcomes import Refused
from wordpress.maintenance.promotion import Fate, Rules

REPLACE = ("--users", "REPLACE", "--comments", "REPLACE", "--uploads", "REPLACE")
NAMED = ("--keep-tables", "wp_orders,wp_missing", "--keep-options", "shop_settings,only_at_the_source")
USER = "INSERT INTO wp_users (ID, user_login, user_email) VALUES ({0}, '{1}', '{1}@shop.test');"
META = "INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES ({0}, '{1}', '{2}');"
POST = """
    INSERT INTO wp_posts (ID, post_author, post_name, post_title, post_content, post_excerpt, to_ping, pinged,
      post_content_filtered) VALUES ({0}, {1}, 'by-{1}', 'By {1}', '', '', '', '', '');
"""
COMMENT = """
    INSERT INTO wp_comments (comment_ID, comment_post_ID, comment_author, comment_content) VALUES ({0}, 1, '{1}', 'x');
"""
ORDERS = "CREATE TABLE wp_orders (id INT AUTO_INCREMENT PRIMARY KEY, item TEXT); INSERT INTO wp_orders (item) VALUES {0};"
OPTION = """
    INSERT INTO wp_options (option_name, option_value) VALUES ('{0}', '{1}')
      ON DUPLICATE KEY UPDATE option_value = VALUES(option_value);
"""


@dataclass(frozen=True)
class Told:
    """A promotion, and what was seen on its way."""

    promotion: Promotion
    steps: dict[str, list[str]]
    seen: dict[str, Any]

    @property
    def target(self) -> TestSite:
        return self.promotion.target


@pytest.fixture(scope="module")
def source(bed: SiteBed) -> TestSite:
    """A site on which nothing happens by itself."""
    site = bed.installed()
    (site.content / "mu-plugins" / "quiet.php").write_text("<?php define('DISABLE_WP_CRON', true);")
    return site


@pytest.fixture(scope="module")
def first(bed: SiteBed, source: TestSite) -> Told:
    """The first promotion to production, which makes the target."""
    promotion = Promotion(source, bed.new(environment="PROD"), "first")
    target, steps, seen = promotion.target, {}, {}
    for command in ("stage", "switch", "accept"):
        (outcome,) = promotion.run(command)
        steps[command] = outcome.steps
        seen[command] = (target.get().status, target.get("/wp-login.php", method="POST").status)
    return Told(promotion, steps, {**seen, "remains": remains(target)})


def test_the_first_promotion_makes_the_target_and_lets_visitors_in_last(first: Told) -> None:
    assert first.seen["stage"] == (404, 404)
    assert first.seen["switch"] == (200, 503), "visitors read, and change nothing before it is accepted"
    assert first.seen["accept"] == (200, 200)
    assert first.seen["remains"] == whole(first.target)


def test_a_target_that_was_made_in_production_is_shown_to_search_engines(first: Told) -> None:
    assert (first.promotion.source.option("blog_public"), first.target.option("blog_public")) == ("0", "1")
    assert "noindex" not in first.target.get().data.decode()


def test_a_target_has_secrets_of_its_own(first: Told) -> None:
    ours, theirs = first.target.config, first.promotion.source.config

    assert {name for name in ours if ours[name] == theirs[name]} == {"DB_HOST", "BBWS_WORDPRESS_ORG"}


@pytest.fixture(scope="module")
def lived(first: Told) -> Promotion:
    """Source and target after both have been in use for a while since the first promotion."""
    source, target = first.promotion.source, first.target
    administrator = 'a:1:{s:13:"administrator";b:1;}'
    source.sql(
        USER.format(60, "only-there") + USER.format(70, "newcomer") + META.format(70, "wp_capabilities", administrator)
        + META.format(70, "session_tokens", "x") + USER.format(80, "keeper") + META.format(80, "nickname", "of the source")
        + "".join(POST.format(100 + author, author) for author in (0, 1, 60, 70, 80, 999))
        + COMMENT.format(10, "of the source") + ORDERS.format("('test order')") + OPTION.format("shop_settings", "of a test")
        + OPTION.format("only_at_the_source", "x") + OPTION.format("theme_colour", "new") + OPTION.format("bbws_mark", "x")
        + "UPDATE wp_posts SET post_title = 'New' WHERE post_name = 'hello-world'"
    )  # fmt: skip
    target.sql(
        USER.format(50, "keeper") + META.format(50, "nickname", "of the target") + USER.format(60, "another")
        + META.format(1, "phone", "1234") + COMMENT.format(10, "of the target") + COMMENT.format(11, "of the target")
        + ORDERS.format("('order'), ('order')") + OPTION.format("shop_settings", "live") + OPTION.format("theme_colour", "old")
        + OPTION.format("admin_email", "owner@shop.test") + OPTION.format("mailserver_url", "mail.shop.test")
        + OPTION.format("blogname", "Live")
    )  # fmt: skip
    for site, names in ((source, ("both.png", "2026/new.png")), (target, ("both.png", "2025/old.png"))):
        for name in names:
            file = site.content / "uploads" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(site.environment)
    return Promotion(source, target, "second", (*KEEP, *NAMED))


@pytest.fixture(scope="module")
def kept(lived: Promotion) -> Told:
    """A promotion that keeps all that can be kept, staged and switched, with a visitor's comment and upload in between."""
    target, seen = lived.target, {}
    before = content_of(target)
    (staged,) = lived.run("stage")
    seen["unnoticed"] = {name: content_of(target)[name] == before[name] for name in ("rows", "page")}
    target.sql(COMMENT.format(12, "while it was staged"))
    (target.content / "uploads" / "late.png").write_text("late")
    seen["before"] = content_of(target) | {"files": without_promotion(target.digests())}
    (switched,) = lived.run("switch")
    return Told(lived, {"stage": staged.steps, "switch": switched.steps}, seen)


def without_promotion(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if not name.startswith(("public.new/", "promotion.json", "frozen"))}


def test_visitors_notice_nothing_of_a_promotion_that_is_staged(kept: Told) -> None:
    assert kept.seen["unnoticed"] == {"rows": True, "page": True}


def test_the_source_s_content_is_in_the_target_s_place(kept: Told) -> None:
    assert "New" in kept.target.get("/hello-world/").data.decode()
    assert kept.target.option("theme_colour") == "new"
    assert kept.target.option("home") == kept.target.url


def test_a_target_that_was_switched_is_frozen(kept: Told) -> None:
    assert kept.target.get("/wp-login.php", method="POST").status == 503


def test_accounts_of_the_target_stay_and_those_that_only_the_source_has_come_without_their_sessions(kept: Told) -> None:
    assert kept.target.sql("SELECT ID, user_login FROM wp_users ORDER BY ID") == [
        "1\tadmin", "50\tkeeper", "60\tanother", "70\tnewcomer",
    ]  # fmt: skip
    meta = "SELECT user_id, meta_key, meta_value FROM wp_usermeta WHERE meta_key IN ({}) ORDER BY user_id"
    assert kept.target.sql(meta.format("'phone', 'session_tokens'")) == ["1\tphone\t1234"]
    assert kept.target.sql(meta.format("'nickname'") + " DESC LIMIT 1") == ["50\tnickname\tof the target"]
    assert [row.split("\t")[0] for row in kept.target.sql(meta.format("'wp_capabilities'"))] == ["1", "70"]


def test_a_post_is_by_whoever_wrote_it_or_by_the_first_administrator(kept: Told) -> None:
    authors = dict(
        row.split("\t") for row in kept.target.sql("SELECT ID, post_author FROM wp_posts WHERE post_name LIKE 'by-%'")
    )

    assert authors == {
        "100": "0",  # by nobody
        "101": "1",
        "160": "1",  # whose number is another person's
        "170": "70",
        "180": "50",  # who has another number here
        "1099": "1",  # whom nobody knows
    }


def test_comments_of_the_target_stay_and_are_counted(kept: Told) -> None:
    assert kept.target.sql("SELECT comment_ID, comment_author FROM wp_comments WHERE comment_ID > 1") == [
        "10\tof the target", "11\tof the target", "12\twhile it was staged",
    ]  # fmt: skip
    assert kept.target.sql("SELECT comment_count FROM wp_posts WHERE ID = 1") == ["4"]


def test_uploads_of_both_are_there_and_the_source_s_where_both_have_one(kept: Told) -> None:
    uploads = kept.target.content / "uploads"
    found = {str(path.relative_to(uploads)): path.read_text() for path in uploads.rglob("*.png")}

    assert found == {"both.png": "DEV", "2026/new.png": "DEV", "2025/old.png": "PROD", "late.png": "late"}


def test_named_tables_and_options_stay_and_so_do_those_that_are_about_where_the_site_is(kept: Told) -> None:
    names = ("admin_email", "mailserver_url", "blogname", "blog_public", "shop_settings", "only_at_the_source")

    assert kept.target.sql("SELECT id, item FROM wp_orders") == ["1\torder", "2\torder"]
    assert [kept.target.option(name) for name in names] == ["owner@shop.test", "mail.shop.test", "Live", "1", "live", "x"]
    assert kept.target.sql("SELECT option_name FROM wp_options WHERE option_name = 'bbws_mark'") == []


@pytest.fixture(scope="module")
def back(kept: Told) -> Told:
    """The same, put back."""
    kept.promotion.run("put-back")
    after = {"rows": kept.target.dump(), "files": kept.target.digests()}
    return Told(kept.promotion, kept.steps, {**kept.seen, "after": after, "remains": remains(kept.target)})


def test_a_target_put_back_is_what_it_was_to_the_last_byte(back: Told) -> None:
    assert back.seen["after"]["files"] == back.seen["before"]["files"]
    assert back.seen["after"]["rows"] == back.seen["before"]["rows"]
    assert back.target.get("/hello-world/").data == back.seen["before"]["page"]
    assert back.seen["remains"] == whole(back.target)


@pytest.fixture(scope="module")
def replaced(back: Told) -> TestSite:
    """A promotion that keeps nothing, accepted."""
    Promotion(back.promotion.source, back.target, "third", REPLACE).run("stage", "switch", "accept")
    return back.target


def test_a_promotion_that_replaces_all_leaves_what_the_source_has(replaced: TestSite) -> None:
    uploads = replaced.content / "uploads"

    assert replaced.sql("SELECT user_login FROM wp_users ORDER BY ID") == ["admin", "only-there", "newcomer", "keeper"]
    assert replaced.sql("SELECT comment_author FROM wp_comments WHERE comment_ID > 1") == ["of the source"]
    assert {path.name for path in uploads.rglob("*.png")} == {"both.png", "new.png"}
    assert replaced.sql("SELECT item FROM wp_orders") == ["test order"]
    assert replaced.option("shop_settings") == "of a test"


def test_what_a_target_is_called_and_to_whom_it_belongs_stays_whatever_is_replaced(replaced: TestSite) -> None:
    assert [replaced.option(name) for name in ("blogname", "admin_email", "blog_public")] == ["Live", "owner@shop.test", "1"]
    assert remains(replaced) == whole(replaced)


@pytest.mark.parametrize("name", ["users", "wp_", "wp_a b", "wp_a`", "wp_a;", "xwp_orders", f"wp_{'x' * 61}"])
def test_a_table_that_is_none_of_wordpress_s_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="name of a table"):
        Rules(users=Fate.KEEP, comments=Fate.KEEP, uploads=Fate.MERGE, keep_tables=(name,))


@pytest.mark.parametrize("name", ["a b", "a'", "a%", "ä", "x" * 192])
def test_what_can_be_no_option_s_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="name of an option"):
        Rules(users=Fate.KEEP, comments=Fate.KEEP, uploads=Fate.MERGE, keep_options=(name,))
