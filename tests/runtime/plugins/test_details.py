"""GET /plugins/{pluginId}: the catalogue joined with the directory, kept for an hour and given stale while that is down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from runtime.clock import iso
from runtime.plugins.rows import directory_key
from tests.runtime.fakes import START, FakePorts, claims
from tests.runtime.plugins.asking import blocked, curated, details
from tests.runtime.sites.asking import STAFF, VIEWER
from tests.runtime.stories import person, portal, problem


@pytest.fixture
def world() -> FakePorts:
    ports = portal()
    curated(ports)
    return ports


def shown(world: FakePorts, **options: Any) -> Any:
    answer = details(world, **options)
    assert answer.status == 200, answer.text
    return answer.json


def test_the_catalogue_and_the_directory_are_one_document(world: FakePorts) -> None:
    document = shown(world)

    assert (document["category"], document["pricing"], document["minWordPressVersion"]) == (
        "SPAM_PROTECTION",
        "FREEMIUM",
        "5.8",
    )
    assert (document["name"], document["version"], document["rating"]) == ("Akismet Anti-spam", "5.7.2", 94)
    assert document["vulnerabilities"][0]["fixedIn"] == "3.1.5"
    assert (document["listed"], document["stale"], document["fetchedAt"]) == (True, False, iso(START))


@pytest.mark.parametrize("caller", [VIEWER, STAFF, person(), claims(groups="")])
def test_anybody_signed_in_sees_it(world: FakePorts, caller: dict[str, str]) -> None:
    assert shown(world, caller=caller)["pluginId"] == "akismet"


@pytest.mark.parametrize(
    "plugin_id", ["nothing", "AKISMET", "akismet ", "../akismet", "%2e%2e", "x" * 3000, "ünïcode", "#", "\x00"]
)
def test_what_is_not_in_the_catalogue_is_not_found_and_nobody_is_asked(world: FakePorts, plugin_id: str) -> None:
    answer = details(world, plugin_id, path="/plugins/whatever")

    assert problem(answer) == (404, "PLUG_001")
    assert not world.directory.calls


def test_what_is_blocklisted_is_for_staff_only_and_says_why(world: FakePorts) -> None:
    blocked(world)

    assert problem(details(world)) == (404, "PLUG_001")
    document = shown(world, caller=STAFF)
    assert (document["isBlocklisted"], document["blocklistReason"]) == (True, "It mines coins.")


@pytest.mark.parametrize(("minutes", "asked", "version"), [(59, 1, "5.7.2"), (60, 2, "6.0")])
def test_the_directory_is_asked_once_an_hour(world: FakePorts, minutes: int, asked: int, version: str) -> None:
    shown(world)
    world.directory.release("akismet", "6.0")
    world.move(minutes=minutes)

    assert shown(world)["version"] == version
    assert world.directory.calls["akismet"] == asked


def test_while_the_directory_is_down_what_it_said_last_is_given_stale(world: FakePorts) -> None:
    before = shown(world)
    world.directory.down = True
    world.move(days=7)

    document = shown(world)

    assert document == before | {"stale": True}
    assert document["fetchedAt"] == iso(START)


def test_a_directory_that_comes_back_is_believed_at_once(world: FakePorts) -> None:
    shown(world)
    world.directory.down = True
    world.move(hours=2)
    shown(world)
    world.directory.down = False
    world.directory.release("akismet", "6.0")

    document = shown(world)

    assert (document["version"], document["stale"], document["fetchedAt"]) == ("6.0", False, iso(START + timedelta(hours=2)))


def test_what_was_never_fetched_is_the_catalogues_part_stale(world: FakePorts) -> None:
    world.directory.down = True

    document = shown(world)

    assert (document["stale"], document["category"]) == (True, "SPAM_PROTECTION")
    assert not {"fetchedAt", "listed", "name", "version", "sections"} & document.keys()


def test_what_the_directory_no_longer_has_keeps_the_catalogues_part(world: FakePorts) -> None:
    shown(world)
    world.directory.listings.clear()
    world.move(hours=1)

    document = shown(world)

    assert (document["listed"], document["stale"], "version" in document) == (False, False, False)
    assert document["pricing"] == "FREEMIUM"


def test_that_it_is_not_listed_is_remembered_for_an_hour_too(world: FakePorts) -> None:
    world.directory.listings.clear()
    shown(world)
    shown(world)

    assert world.directory.calls["akismet"] == 1


def test_what_the_directory_said_is_kept_for_thirty_days(world: FakePorts) -> None:
    shown(world)

    assert world.table.rows[directory_key("akismet")]["ttl"] == int((START + timedelta(days=30)).timestamp())


def test_of_two_who_ask_at_once_both_are_answered_and_one_keeps_it(world: FakePorts) -> None:
    others: list[Any] = []
    world.table.before_commit = lambda: others.append(shown(world))

    document = shown(world)

    assert others == [document]
    assert world.table.rows[directory_key("akismet")]["name"] == "Akismet Anti-spam"


def test_who_has_it_gets_it_again_only_when_it_has_changed(world: FakePorts) -> None:
    tag = details(world).headers["ETag"]
    again = details(world, headers={"If-None-Match": tag})
    world.move(minutes=1)
    curated(world, version=2, min_wordpress_version="6.5")

    changed = details(world, headers={"If-None-Match": tag})

    assert (again.status, again.text, again.headers["ETag"]) == (304, "", tag)
    assert (changed.status, changed.json["minWordPressVersion"]) == (200, "6.5")


def test_no_two_documents_ever_have_the_same_tag(world: FakePorts) -> None:
    seen: dict[str, Any] = {}

    def see() -> None:
        answer = details(world)
        assert seen.setdefault(answer.headers["ETag"], answer.json) == answer.json

    world.directory.down = True
    see()
    world.directory.down = False
    for version in range(1, 4):
        see()
        curated(world, version=2 * version, min_wordpress_version=f"6.{version}")
        see()
        world.directory.down = True
        world.move(hours=1)
        see()
        curated(world, version=2 * version + 1, min_wordpress_version=f"7.{version}")
        see()
        del world.table.rows[directory_key("akismet")]
        see()
        world.directory.down = False

    assert len(seen) == 16
