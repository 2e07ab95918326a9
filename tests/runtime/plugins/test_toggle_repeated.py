"""A flip that is repeated with its Idempotency-Key flips once, wherever its function was killed before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.runtime.fakes import Answer
from tests.runtime.operations.world import Killed, Killer, OperationWorld, PortsOf
from tests.runtime.plugins.asking import on_it, put_on, shop, toggle
from tests.runtime.sites.asking import COLLEAGUE, accepted
from tests.runtime.sites.asking import update as change_site
from tests.runtime.stories import problem

KEY = {"Idempotency-Key": "a key"}
REPLAYED = "Idempotency-Replayed"
LEASE = 30


def inactive(world: OperationWorld, site_id: str) -> None:
    """The plugin as it comes."""


def active(world: OperationWorld, site_id: str) -> None:
    put_on(world, site_id, is_active=True)


def inactive_and_bad(world: OperationWorld, site_id: str) -> None:
    world.wordpress.broken.add("akismet 5.7.2")


def inactive_on_a_broken_site(world: OperationWorld, site_id: str) -> None:
    put_on(world, site_id, "hello-dolly", is_active=True)
    world.wordpress.broken.add("hello-dolly 1.7.2")


STORIES: dict[str, tuple[Callable[[OperationWorld, str], None], bool, int]] = {
    "activation": (inactive, True, 200),
    "deactivation": (active, False, 200),
    "activation that breaks the site": (inactive_and_bad, False, 502),
    "activation on a site that was broken before": (inactive_on_a_broken_site, True, 200),
}
"""How the plugin is before it is flipped, how at the end, and with which status the caller is told."""


def flipped(world: OperationWorld, site_id: str, killer: Killer | None = None) -> Answer | None:
    """Flip with the key; None where the function was killed."""
    world.killer = killer or Killer()
    ports: Any = PortsOf(world, world.lines["update"])
    try:
        return toggle(ports, site_id, headers=KEY)
    except Killed:
        return None


def on_probation_too_long(world: OperationWorld, site_id: str) -> None:
    """Let the site undo what nobody confirmed."""
    for known in world.agent.unconfirmed.copy():
        put_on(world, site_id, known.split()[1], is_active=False)
        world.agent.unconfirmed.discard(known)


def deaths() -> list[tuple[str, int, bool]]:
    """Each call of a port in each story, to die at it before and after."""
    found = []
    for name, (before, _, _) in STORIES.items():
        world, site_id = shop()
        before(world, site_id)
        flipped(world, site_id)
        found += [(name, at + 1, after) for at in range(len(world.killer.calls)) for after in (False, True)]
    return found


@pytest.mark.parametrize("undoing_itself", [False, True], ids=["at once", "after its probation"])
@pytest.mark.parametrize(("story", "at", "after"), deaths())
def test_a_flip_that_was_killed_anywhere_ends_as_if_it_had_not_been(
    story: str, at: int, after: bool, undoing_itself: bool
) -> None:
    before, active_then, status = STORIES[story]
    world, site_id = shop()
    before(world, site_id)
    assert flipped(world, site_id, Killer(at=at, after=after)) is None

    world.move(seconds=LEASE)
    if undoing_itself:
        on_probation_too_long(world, site_id)
    answer = flipped(world, site_id)

    assert answer
    assert (answer.status, on_it(world, site_id).is_active, world.agent.unconfirmed) == (status, active_then, set())
    assert answer.json.get("isActive", False) is active_then


@pytest.mark.parametrize(("story", "at", "after"), deaths())
def test_until_the_lease_is_over_nobody_else_does_what_was_decided(story: str, at: int, after: bool) -> None:
    world, site_id = shop()
    STORIES[story][0](world, site_id)
    flipped(world, site_id, Killer(at=at, after=after))
    decided = [row for row in world.table.of_type("IDEMPOTENCY") if row.get("leasedUntil")]
    world.move(seconds=LEASE - 1)
    world.agent.calls.clear()

    answer = flipped(world, site_id)

    assert answer
    if decided:
        assert (problem(answer), answer.headers["Retry-After"]) == ((409, "IDEMPOTENCY_IN_FLIGHT"), "1")
        assert not world.agent.calls
    else:
        assert answer.status == STORIES[story][2]


@pytest.mark.parametrize("before", [inactive, active])
def test_the_first_answer_is_given_again_whatever_happened_since(before: Callable[[OperationWorld, str], None]) -> None:
    world, site_id = shop()
    before(world, site_id)
    first = flipped(world, site_id)
    toggle(world, site_id)
    accepted(change_site(world, site_id, siteName="Other"))
    world.agent.calls.clear()

    second = flipped(world, site_id)

    assert first
    assert second
    assert (second.text, second.headers[REPLAYED]) == (first.text, "true")
    assert not world.agent.calls


def test_a_site_that_was_broken_by_a_killed_activation_is_not_taken_for_broken_before() -> None:
    world, site_id = shop()
    inactive_and_bad(world, site_id)
    flipped(world, site_id, Killer(every="agent.toggle_plugin", after=True))
    assert on_it(world, site_id).is_active
    world.move(seconds=LEASE)

    answer = flipped(world, site_id)

    assert answer
    assert problem(answer) == (502, "WP_001")
    assert not on_it(world, site_id).is_active


def test_a_refusal_for_good_is_given_again_and_one_that_passes_is_not() -> None:
    world, site_id = shop()
    refused = [toggle(world, site_id, caller=COLLEAGUE, headers=KEY) for _ in range(2)]
    accepted(change_site(world, site_id, siteName="Other"))
    busy = flipped(world, site_id)
    world.run()

    answer = flipped(world, site_id)

    assert [problem(each) for each in refused] == [(403, "FORBIDDEN")] * 2
    assert REPLAYED in refused[1].headers
    assert busy
    assert problem(busy) == (409, "OPERATION_IN_PROGRESS")
    assert answer
    assert (answer.status, REPLAYED in answer.headers) == (200, False)


def test_another_body_or_another_plugin_with_the_key_is_refused() -> None:
    world, site_id = shop()
    toggle(world, site_id, True, headers=KEY)

    others = [toggle(world, site_id, False, headers=KEY), toggle(world, site_id, True, plugin_id="hello-dolly", headers=KEY)]

    assert [problem(answer) for answer in others] == [(422, "IDEMPOTENCY_KEY_REUSED")] * 2
    assert on_it(world, site_id).is_active
