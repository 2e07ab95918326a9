"""A promotion that is killed, called off, or left: done again or put back, it ends as if nothing had happened."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wordpress.promotions import NOTHING, Promotion, content_of, remains, whole
from tests.wordpress.support import SiteBed, TestSite

FILLING = ("database copied", "database cleaned", "database filled", "files copied")
FIRST_STAGING = ("staging", "configured", "database made", *FILLING, "staged")
STAGING = ("staging", *FILLING, "uploads merged", "staged")
TAKING_OVER = ("site frozen", "rows kept", "tables kept", "options kept", "uploads merged")
CHANGING_OVER = ("switching", "site closed", "database changed over", "files moved away", "files changed over", "site opened")
CHANGING_BACK = ("site closed", "database changed back", "files moved away", "files changed back", "site opened")
REMOVING = ("host unlinked", "database dropped", "user dropped", "files removed")


@pytest.fixture(scope="module")
def source(bed: SiteBed) -> TestSite:
    """A site on which nothing happens by itself."""
    site = bed.installed()
    (site.content / "mu-plugins" / "quiet.php").write_text("<?php define('DISABLE_WP_CRON', true);")
    return site


@pytest.fixture(scope="module")
def killed(bed: SiteBed, source: TestSite) -> TestSite:
    """A target whose first promotion was killed after each step in turn, but for removals."""
    promotion = Promotion(source, bed.new(environment="SIT"), "first")
    promotion.kill("stage", *FIRST_STAGING)
    promotion.kill("switch", "site frozen", *(step for step in CHANGING_OVER if step != "files moved away"))
    promotion.kill("switch", "host linked", "switched")
    promotion.kill("accept", "accepted", "former files removed", "site thawed")
    promotion.run("accept")
    return promotion.target


@pytest.fixture
def target(killed: TestSite) -> TestSite:
    """A target that is there, and lacks what the source has got since."""
    killed.sql("UPDATE wp_posts SET post_title = 'Old' WHERE post_name = 'hello-world'")
    killed.sql("DELETE FROM wp_comments WHERE comment_author = 'a visitor'")
    killed.sql(
        "INSERT INTO wp_comments (comment_post_ID, comment_author, comment_content) VALUES (1, 'a visitor', 'x');"
        "INSERT IGNORE INTO wp_users (ID, user_login) VALUES (50, 'customer')"
    )
    return killed


def content_now(target: TestSite) -> dict[str, Any]:
    return {
        "title": target.sql("SELECT post_title FROM wp_posts WHERE post_name = 'hello-world'"),
        "visitors": target.sql("SELECT comment_author FROM wp_comments WHERE comment_author = 'a visitor'"),
        "users": target.sql("SELECT user_login FROM wp_users"),
        "page": target.get().status,
    }


OF_BOTH = {"title": ["Hello world!"], "visitors": ["a visitor"], "users": ["admin", "customer"], "page": 200}


def test_a_first_promotion_killed_after_each_step_in_turn_ends_like_a_clone(
    bed: SiteBed, source: TestSite, killed: TestSite
) -> None:
    clone = bed.new(environment="SIT")
    assert bed.run("clone", *clone.place, "--source-id", source.site_id).code == 0

    assert killed.look() == clone.look()
    assert remains(killed) == whole(killed)


def test_a_promotion_killed_after_each_step_in_turn_ends_like_one_that_was_not(source: TestSite, target: TestSite) -> None:
    promotion = Promotion(source, target, "second")
    promotion.kill("stage", *STAGING)
    again = promotion.run("stage")[0].changed
    promotion.kill("switch", *TAKING_OVER, *CHANGING_OVER, "switched")
    promotion.kill("accept", "accepted", "former database dropped", "former files removed", "site thawed")
    promotion.run("accept")

    assert again is False, "the last step had been done"
    assert content_now(target) == OF_BOTH
    assert remains(target) == whole(target)


def test_putting_back_killed_after_each_step_in_turn_ends_with_what_was_there(source: TestSite, target: TestSite) -> None:
    before = content_of(target)
    promotion = Promotion(source, target, "third")
    promotion.run("stage", "switch")

    promotion.kill("put-back", *CHANGING_BACK, "fresh database dropped", "fresh files removed", "site thawed")
    promotion.run("put-back")

    assert content_of(target) == before
    assert remains(target) == whole(target)


def test_a_target_is_put_back_wherever_its_switch_was_killed(source: TestSite, target: TestSite) -> None:
    before = content_now(target)
    promotion = Promotion(source, target, "fourth")
    promotion.run("stage")
    for step in CHANGING_OVER:
        promotion.kill("switch", step)
        promotion.kill("put-back", "site opened")
        assert (step, content_now(target)) == (step, before)

    promotion.kill("switch", "switched")
    promotion.run("put-back")

    assert content_now(target) == before
    assert remains(target) == whole(target)


@pytest.mark.parametrize(("command", "step"), [("stage", "database filled"), ("switch", "options kept")])
def test_a_promotion_that_never_changed_over_is_cleared_away(
    source: TestSite, target: TestSite, command: str, step: str
) -> None:
    before = content_of(target)
    promotion = Promotion(source, target, f"left-{command}")
    if command == "switch":
        promotion.run("stage")
    promotion.kill(command, step)

    promotion.run("put-back")

    assert content_of(target) == before
    assert remains(target) == whole(target)


def test_a_target_that_was_not_there_is_gone_again(bed: SiteBed, source: TestSite) -> None:
    promotion = Promotion(source, bed.new(environment="SIT"), "first")
    promotion.run("stage")
    promotion.kill("switch", "host linked")

    promotion.kill("put-back", *REMOVING)
    (again,) = promotion.run("put-back")

    assert (again.changed, remains(promotion.target)) == (False, NOTHING)


def test_another_promotion_takes_the_place_of_one_that_was_left(source: TestSite, target: TestSite) -> None:
    left, other = Promotion(source, target, "left"), Promotion(source, target, "other")
    before = content_now(target)
    left.run("stage", "switch")

    other.run("stage")

    assert json.loads(target.places.promotion.read_text())["promotion_id"] == "other"
    assert content_now(target) == before, "what was left is put back first"
    assert left.refused("switch") == "There is no new state of the site to switch to."
    other.run("switch", "accept")
    assert content_now(target) == OF_BOTH


def test_what_is_accepted_cannot_be_put_back(source: TestSite, target: TestSite) -> None:
    promotion = Promotion(source, target, "accepted")
    promotion.run("stage", "switch")
    promotion.kill("accept", "accepted")

    detail = promotion.refused("put-back")

    assert detail == "The new state of the site was accepted, and the former one is gone."
    assert content_now(target) == OF_BOTH
    assert remains(target) == whole(target)


def test_a_promotion_that_is_none_only_thaws(source: TestSite, target: TestSite) -> None:
    promotion = Promotion(source, target, "none")
    target.places.frozen_marker.touch()

    first, again = promotion.run("put-back", "put-back")

    assert (first.changed, again.changed, target.places.frozen_marker.exists()) == (True, False, False)
    assert promotion.run("accept")[0].changed is False


def test_steps_out_of_order_are_refused(source: TestSite, target: TestSite) -> None:
    promotion = Promotion(source, target, "early")
    unstaged = promotion.refused("switch")
    promotion.kill("stage", "files copied")

    assert unstaged == promotion.refused("switch") == "There is no new state of the site to switch to."
    assert promotion.refused("accept") == "The new state of the site is not in place yet."
    assert Promotion(source, target, "../x").refused("put-back") == "This is not the id of a promotion."
    promotion.run("put-back")


def test_a_backup_is_put_back_over_a_promotion_that_was_left(source: TestSite, target: TestSite) -> None:
    before = content_now(target)
    target.run("backup", "--backup-id", "before")
    promotion = Promotion(source, target, "left")
    promotion.run("stage", "switch")

    assert target.run("restore", "--backup-id", "before").code == 0

    promotion.run("put-back")
    assert content_now(target) == before
    assert remains(target) == whole(target)


def test_what_cannot_be_promoted_is_refused_and_nothing_is_made(bed: SiteBed, source: TestSite) -> None:
    nowhere = Promotion(bed.new(), bed.new(), "p")
    taken = Promotion(source, TestSite(bed, bed.new().site_id, source.host, "", "SIT"), "p")

    assert nowhere.refused("stage") == "There is no such site to copy."
    assert taken.refused("stage") == "The address belongs to another site."
    assert not nowhere.target.places.folder.exists()
    assert not taken.target.places.folder.exists()
