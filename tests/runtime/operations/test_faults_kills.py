"""A worker is killed at every call it makes of the outside, before and after it, and the end is that of an unkilled run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from runtime.operations import workflow
from runtime.sites import handlers
from runtime.wordpress.port import JobCommand, Visit
from tests.runtime.operations.wordpress import refused, state_of
from tests.runtime.operations.world import Killer, OperationWorld, create_site, on_site, site_made
from tests.runtime.plugins.asking import toggle as toggle_plugin
from tests.runtime.plugins.asking import update as update_plugin
from tests.runtime.sites.asking import accepted, carried_out, clone, promote, recover, renew, site_promoted, write

BROKEN = Visit(status=500, seconds=0.1)
Story = Callable[[OperationWorld], str]
"""Asks for something; the id of the operation."""


def creation(world: OperationWorld) -> str:
    return str(create_site(world, body={"plugins": ["akismet"]}).json["operationId"])


def creation_with_a_long_job(world: OperationWorld) -> str:
    world.maintenance.looks = 3
    return creation(world)


def creation_with_a_job_that_never_answers(world: OperationWorld) -> str:
    world.maintenance.hanging[JobCommand.INSTALL] = 1
    return creation(world)


def update(world: OperationWorld) -> str:
    body = {"siteName": "Another name", "status": "SUSPENDED"}
    return str(on_site(handlers.update, world, site_made(world), body=body).json["operationId"])


def soft_deletion(world: OperationWorld) -> str:
    return str(on_site(handlers.delete, world, site_made(world)).json["operationId"])


def hard_deletion(world: OperationWorld) -> str:
    answer = on_site(handlers.delete, world, site_made(world), query="hard=true&confirm=Shop+1")
    return str(answer.json["operationId"])


def restore(world: OperationWorld) -> str:
    site_id = site_made(world)
    on_site(handlers.delete, world, site_id)
    world.run()
    return str(on_site(handlers.restore, world, site_id).json["operationId"])


def copying(world: OperationWorld) -> str:
    return accepted(clone(world, site_made(world)))


def first_promotion(world: OperationWorld) -> str:
    world.maintenance.looks = 1
    return accepted(promote(world, site_made(world)))


def another_promotion(world: OperationWorld) -> str:
    source = site_promoted(world)
    write(world, source, "the second edition")
    return accepted(promote(world, source))


def promotion_with_a_job_that_never_answers(world: OperationWorld) -> str:
    world.maintenance.hanging[JobCommand.STAGE] = 1
    return another_promotion(world)


def promotion_that_is_put_back(world: OperationWorld) -> str:
    operation_id = another_promotion(world)
    world.agent.visits["/"] = BROKEN
    return operation_id


def first_promotion_that_is_put_back(world: OperationWorld) -> str:
    world.agent.visits["/wp-json/"] = BROKEN
    return accepted(promote(world, site_made(world)))


def plugin_update(world: OperationWorld) -> str:
    site_id = site_made(world)
    world.wordpress.publish("akismet", "6.0")
    return accepted(update_plugin(world, site_id))


def plugin_update_that_is_put_back(world: OperationWorld) -> str:
    world.wordpress.broken.add("akismet 6.0")
    site_id = site_made(world)
    toggle_plugin(world, site_id, True)
    world.wordpress.publish("akismet", "6.0")
    return accepted(update_plugin(world, site_id))


def plugin_update_with_a_bad_package(world: OperationWorld) -> str:
    world.wordpress.refused.add("akismet 6.0")
    return plugin_update(world)


def recovery(world: OperationWorld) -> str:
    site_id = site_made(world)
    world.wordpress.publish("akismet", "6.0")
    operation_id = carried_out(world, update_plugin(world, site_id))
    write(world, site_id, "damaged")
    return recover(world, site_id, world.operation(operation_id).attempt_id)


def recovery_that_is_put_back(world: OperationWorld) -> str:
    world.maintenance.faults_of[JobCommand.RESTORE] = [refused("The backup is missing or damaged.")]
    return recovery(world)


def renewal(world: OperationWorld) -> str:
    return renew(world, site_made(world))


COMPLETED: dict[str, Story] = {
    story.__name__: story
    for story in (
        creation, creation_with_a_long_job, creation_with_a_job_that_never_answers, update, soft_deletion, hard_deletion,
        restore, copying, first_promotion, another_promotion, promotion_with_a_job_that_never_answers, plugin_update,
        recovery, renewal,
    )
}  # fmt: skip
PUT_BACK: dict[str, Story] = {
    story.__name__: story
    for story in (
        promotion_that_is_put_back, first_promotion_that_is_put_back, plugin_update_that_is_put_back,
        plugin_update_with_a_bad_package, recovery_that_is_put_back,
    )
}  # fmt: skip
STORIES = COMPLETED | PUT_BACK


@dataclass(frozen=True)
class End:
    """What has to be the same however often a worker died."""

    operation: tuple[Any, ...]
    sites: list[tuple[Any, ...]]
    wordpress: dict[str, Any]
    effects: dict[str, int]
    counts: tuple[int, int, int]
    events: list[str]
    dead_letters: int
    waiting: int
    jobs_beside_another: list[str]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that never answers is stopped after a few looks."""
    monkeypatch.setattr(workflow, "DEADLINES", dict.fromkeys(JobCommand, timedelta(seconds=10)))


def end_of(story: Story, killer: Killer, *, sweeping: bool = True) -> End:
    """How a story ends under a killer, who watches from the moment on at which the story's own operation was asked for."""
    world = OperationWorld()
    operation_id = story(world)
    world.killer, world.sweeping = killer, sweeping
    world.run()
    operation = world.operation(operation_id)
    sites = [world.site(site_id) for site_id in operation.site_ids]
    return End(
        operation=(
            operation.status,
            operation.progress,
            [(step.name, step.status) for step in operation.steps],
            operation.error,
            operation.rolled_back,
        ),
        sites=[
            (
                site.status,
                site.site_name,
                site.active_operation,
                site.wordpress_version,
                site.restorable_until is None,
                site.promoted_to,
            )
            for site in sites
        ],
        wordpress=state_of(world.wordpress),
        effects=dict(world.wordpress.effects),
        counts=(world.count("UNFINISHED"), world.count("QUOTA#DEV"), world.count("QUOTA#SIT")),
        events=world.event_names,
        dead_letters=len(world.dead_letters),
        waiting=len(world.table.of_type("OUTBOX")) + sum(len(queue.letters) for queue in world.lines.values()),
        jobs_beside_another=world.maintenance.beside,
    )


@pytest.mark.parametrize("sweeping", [True, False], ids=["sweeper", "no sweeper"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_a_worker_that_is_killed_anywhere_leaves_nothing_lost_and_nothing_done_twice(
    story: str, after: bool, sweeping: bool
) -> None:
    unkilled = Killer()
    expected = end_of(STORIES[story], unkilled)
    assert expected.jobs_beside_another == []
    assert (expected.operation[0], expected.operation[-1]) == (("COMPLETED", None) if story in COMPLETED else ("FAILED", True))

    ends = {
        f"{number}: {call}": end_of(STORIES[story], Killer(at=number, after=after), sweeping=sweeping)
        for number, call in enumerate(unkilled.calls, start=1)
    }

    assert len(ends) >= 5
    assert {call: end for call, end in ends.items() if end != expected} == {}


@pytest.mark.parametrize("story", COMPLETED)
def test_without_kills_a_story_makes_each_of_its_effects_once(story: str) -> None:
    world, end = OperationWorld(), end_of(STORIES[story], Killer())
    STORIES[story](world)

    made = {name: count - world.wordpress.effects[name] for name, count in end.effects.items()}
    assert set(made.values()) <= {0, 1}
    assert (end.dead_letters, end.waiting, end.counts[0]) == (0, 0, 0)
