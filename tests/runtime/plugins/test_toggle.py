"""POST /sites/{siteId}/plugins/{pluginId}/toggle: a state that is set or flipped while the caller waits."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.wordpress.port import PluginRefused, SiteBusy, Visit, WordPressFault, WordPressTimeout
from tests.runtime.operations.world import OperationWorld
from tests.runtime.plugins.asking import blocked, item, on_it, put_on, shop, toggle, warned_of
from tests.runtime.stories import problem

DOWN = WordPressFault("WordPress does not answer.")


def failing(world: OperationWorld, call: str, *faults: Exception | None) -> None:
    """Let the next calls of one kind fail, or not where it is None; they do nothing then."""
    found, waiting = getattr(world.agent, call), list(faults)

    def perhaps(*arguments: Any, **named: Any) -> Any:
        fault = waiting.pop(0) if waiting else None
        if fault:
            raise fault
        return found(*arguments, **named)

    setattr(world.agent, call, perhaps)


@pytest.mark.parametrize("active", [True, False])
def test_a_state_is_set_and_shown(active: bool) -> None:
    world, site_id = shop()
    put_on(world, site_id, is_active=not active)

    answer = toggle(world, site_id, active)

    assert (answer.status, answer.json["isActive"], on_it(world, site_id).is_active) == (200, active, active)
    assert answer.json == item(world, site_id)
    assert not world.agent.unconfirmed


@pytest.mark.parametrize("body", [None, "", "  ", "{}", {}])
def test_without_a_state_it_becomes_what_it_is_not(body: Any) -> None:
    world, site_id = shop()

    states = [toggle(world, site_id, body=body).json["isActive"] for _ in range(3)]

    assert states == [True, False, True]


@pytest.mark.parametrize("active", [True, False])
def test_a_state_that_is_there_already_changes_nothing(active: bool) -> None:
    world, site_id = shop()
    put_on(world, site_id, is_active=active)
    world.agent.calls.clear()

    answer = toggle(world, site_id, active)

    assert (answer.status, answer.json["isActive"]) == (200, active)
    assert world.agent.calls == {"plugins": 1}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"isActive": "true"}, "/isActive"),
        ({"isActive": 1}, "/isActive"),
        ({"isActive": None}, "/isActive"),
        ({"isActive": True, "pluginId": "x"}, "/pluginId"),
        ({"active": True}, "/active"),
        ([], ""),
        ("true", ""),
        ("{", ""),
        ("null", ""),
    ],
)
def test_a_body_that_says_something_else_is_refused_and_flips_nothing(body: Any, pointer: str) -> None:
    world, site_id = shop()

    answer = toggle(world, site_id, body=body)

    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert answer.json["errors"][0]["pointer"] == pointer
    assert not on_it(world, site_id).is_active


def test_what_is_forbidden_is_not_activated_but_can_be_deactivated_and_left_active() -> None:
    world, site_id = shop()
    blocked(world)
    warned_of(world, "hello-dolly")
    put_on(world, site_id, "running", is_active=True)
    blocked(world, "running")

    refusals = [toggle(world, site_id), toggle(world, site_id, True, plugin_id="hello-dolly")]

    assert [problem(answer) for answer in refusals] == [(422, "PLUG_002"), (422, "PLUG_003")]
    assert toggle(world, site_id, True, plugin_id="running").status == 200
    assert toggle(world, site_id, False, plugin_id="running").json["_unavailable"]["toggle"]["code"] == "PLUG_002"


def test_an_activation_that_breaks_the_site_is_undone_and_said_so() -> None:
    world, site_id = shop()
    world.wordpress.broken.add("akismet 5.7.2")

    answer = toggle(world, site_id, True)

    assert problem(answer) == (502, "WP_001")
    assert answer.json["detail"] == "The site does not work with this plugin: its activation has been undone."
    assert (on_it(world, site_id).is_active, world.agent.unconfirmed) == (False, set())


@pytest.mark.parametrize(
    ("before", "after", "undone"),
    [
        (Visit(status=200, seconds=0.1), Visit(status=301, seconds=0.1, location="/en"), False),
        (Visit(status=200, seconds=0.1), Visit(status=404, seconds=0.1), True),
        (Visit(status=200, seconds=0.1), Visit(status=200, seconds=0.1, whole=False), True),
        (Visit(status=403, seconds=0.1), Visit(status=401, seconds=0.1), False),
        (Visit(status=403, seconds=0.1), Visit(status=500, seconds=0.1), True),
        (Visit(status=500, seconds=0.1), Visit(status=500, seconds=0.1), False),
        (Visit(status=500, seconds=0.1), Visit(status=200, seconds=0.1), False),
        (DOWN, Visit(status=500, seconds=0.1), False),
        (Visit(status=200, seconds=0.1), WordPressTimeout("It takes too long."), True),
    ],
)
def test_an_activation_is_undone_exactly_when_the_home_page_is_worse_than_before(
    before: Visit | Exception, after: Visit | Exception, undone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, site_id = shop()
    found = [before, after]

    def visit(*_: Any, **__: Any) -> Visit:
        seen = found.pop(0)
        if isinstance(seen, Exception):
            raise seen
        return seen

    monkeypatch.setattr(world.agent, "visit", visit)

    answer = toggle(world, site_id, True)

    assert (answer.status, on_it(world, site_id).is_active) == ((502, False) if undone else (200, True))
    assert not world.agent.unconfirmed


def test_a_deactivation_is_not_looked_at() -> None:
    world, site_id = shop()
    put_on(world, site_id, is_active=True)
    world.agent.calls.clear()

    toggle(world, site_id, False)

    assert world.agent.calls == {"plugins": 1, "toggle_plugin": 1}


def test_a_plugin_that_fails_while_it_is_activated_is_not_active() -> None:
    world, site_id = shop()
    world.wordpress.refused.add("akismet 5.7.2")

    answer = toggle(world, site_id, True)

    assert problem(answer) == (502, "WP_001")
    assert answer.json["detail"] == "The plugin fails when it is activated. The activation has been undone."


@pytest.mark.parametrize(
    ("fault", "answered", "end"),
    [
        (WordPressTimeout("It takes too long."), (504, "WP_002"), "the site undoes that within half a minute."),
        (DOWN, (502, "WP_001"), "the site undoes that within half a minute."),
        (SiteBusy("Somebody is at it."), (409, "PLUG_004"), "Somebody is at it."),
        (PluginRefused("It has no file."), (502, "WP_001"), "The activation has been undone."),
    ],
)
def test_an_activation_of_which_nothing_is_heard_says_what_becomes_of_it(
    fault: Exception, answered: tuple[int, str], end: str
) -> None:
    world, site_id = shop()
    failing(world, "toggle_plugin", fault)

    answer = toggle(world, site_id, True)

    assert problem(answer) == answered
    assert answer.json["detail"].endswith(end)
    assert ("Retry-After" in answer.headers) == (answered[0] == 409)


@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (WordPressTimeout("It takes too long."), (504, "WP_002")),
        (DOWN, (502, "WP_001")),
        (SiteBusy("Somebody is at it."), (409, "PLUG_004")),
    ],
)
def test_a_deactivation_that_fails_says_no_more_than_that(fault: WordPressFault, answered: tuple[int, str]) -> None:
    world, site_id = shop()
    put_on(world, site_id, is_active=True)
    failing(world, "toggle_plugin", fault)

    answer = toggle(world, site_id, False)

    assert (problem(answer), answer.json["detail"]) == (answered, fault.detail)


def test_a_plugin_that_goes_away_meanwhile_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    world, site_id = shop()
    visit = world.agent.visit

    def removed_meanwhile(*arguments: Any, **named: Any) -> Visit:
        world.wordpress.installed[site_id].content.plugins.pop("akismet", None)
        return visit(*arguments, **named)

    monkeypatch.setattr(world.agent, "visit", removed_meanwhile)

    assert problem(toggle(world, site_id, True)) == (404, "PLUG_001")


def test_an_activation_that_cannot_be_confirmed_is_undone() -> None:
    world, site_id = shop()
    failing(world, "confirm_plugin", DOWN)

    answer = toggle(world, site_id, True)

    assert (problem(answer), on_it(world, site_id).is_active) == ((502, "WP_001"), False)


def test_where_an_activation_cannot_be_undone_the_site_does_it_itself() -> None:
    world, site_id = shop()
    world.wordpress.broken.add("akismet 5.7.2")
    failing(world, "toggle_plugin", None, DOWN)

    answer = toggle(world, site_id, True)

    assert problem(answer) == (502, "WP_001")
    assert answer.json["detail"].endswith("is undone by the site itself within half a minute.")
    assert world.agent.unconfirmed


def test_an_activation_that_could_not_be_seen_through_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    world, site_id = shop()
    visit = world.agent.visit

    def slowly(*arguments: Any, **named: Any) -> Visit:
        world.move(seconds=6)
        return visit(*arguments, **named)

    monkeypatch.setattr(world.agent, "visit", slowly)

    assert problem(toggle(world, site_id, True)) == (504, "WP_002")
    assert not on_it(world, site_id).is_active
