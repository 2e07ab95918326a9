"""Maintenance jobs as the engine looks after them: how long one may take, and that never two work on one site."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.operations.defaults import DEADLINES, STOPPED_WITHIN
from runtime.operations.domain import Operation, Step
from runtime.sites import handlers
from runtime.wordpress.port import JobCommand, JobNotStarted
from tests.runtime.conftest import Log
from tests.runtime.operations.world import Killer, OperationWorld, create_site, on_site, site_made
from tests.runtime.sites.asking import accepted, promote, site_promoted

LATE = "The work on the site took too long and was stopped."


@pytest.fixture
def world() -> OperationWorld:
    world = OperationWorld()
    world.maintenance.first_look_seconds = 1  # so that a job is written down before it is looked at, as on AWS
    return world


def asked_for(world: OperationWorld) -> str:
    return str(create_site(world).json["operationId"])


def first_step(world: OperationWorld, operation_id: str) -> Step:
    return world.operation(operation_id).steps[0]


def run_until(world: OperationWorld, operation_id: str, minutes: float) -> Operation:
    """The operation after so many minutes of the world's clock from now on."""
    end = world.clock + timedelta(minutes=minutes)
    while world.clock < end and world.operation(operation_id).status.is_open:
        world.run(minutes=0)
        world.move(seconds=1)
        world.sweep()
    return world.operation(operation_id)


def test_every_command_has_a_deadline_and_none_is_shorter_than_a_task_takes_to_start() -> None:
    assert set(DEADLINES) == set(JobCommand)
    assert min(DEADLINES.values()) >= timedelta(minutes=5)


def test_a_job_that_never_answers_is_stopped_at_its_deadline_and_another_one_does_the_work(world: OperationWorld) -> None:
    world.maintenance.hanging[JobCommand.INSTALL] = 1
    operation_id = asked_for(world)

    early = run_until(world, operation_id, DEADLINES[JobCommand.INSTALL].total_seconds() / 60 - 1)
    stopped_early = dict(world.maintenance.stopped)
    world.run()

    assert (early.status, stopped_early) == ("IN_PROGRESS", {})
    assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("COMPLETED", 2)
    assert list(world.maintenance.stopped) == [f"{operation_id}-install-0"]
    assert first_step(world, operation_id).job_log == f"log of handle/{operation_id}-install-1"


def test_the_next_job_begins_only_when_the_stopped_one_is_gone(world: OperationWorld) -> None:
    world.maintenance.hanging[JobCommand.INSTALL] = 2
    world.maintenance.dying = 7
    operation_id = asked_for(world)

    world.run(minutes=120)

    assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("COMPLETED", 3)
    assert world.maintenance.beside == []


def test_three_jobs_that_never_answer_fail_the_operation_until_it_is_tried_again(world: OperationWorld) -> None:
    world.maintenance.hanging[JobCommand.INSTALL] = 3
    operation_id = asked_for(world)
    world.run(minutes=120)
    operation = world.operation(operation_id)
    ((_, letter),) = world.dead_letters
    world.redrive()
    world.run()

    assert operation.error
    assert (operation.status, operation.error.code, operation.error.detail, operation.error.retryable) == (
        "FAILED",
        "WP_002",
        LATE,
        True,
    )
    assert letter["deadLetterReason"] == f"WP_002: {LATE}"
    assert world.operation(operation_id).status == "COMPLETED"
    assert world.maintenance.beside == []


def test_a_job_that_is_done_when_it_is_stopped_has_done_its_work(world: OperationWorld) -> None:
    world.maintenance.hanging[JobCommand.INSTALL] = 1
    operation_id = asked_for(world)
    world.maintenance.dying = 10**6
    run_until(world, operation_id, 11)
    stopped = list(world.maintenance.stopped)
    world.maintenance.finish(f"{operation_id}-install-0")

    world.run()

    assert stopped == [f"{operation_id}-install-0"]
    assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("COMPLETED", 1)


def test_a_stopped_job_that_does_not_end_is_waited_for_and_told_to_operators(world: OperationWorld, log: Log) -> None:
    world.maintenance.hanging[JobCommand.INSTALL] = 1
    world.maintenance.dying = 10**6
    operation_id = asked_for(world)

    operation = run_until(world, operation_id, 10 + STOPPED_WITHIN.total_seconds() / 60 + 2)

    told = [line for line in log.lines if line["message"] == "A job is stopped"]
    assert (operation.status, operation.attempts) == ("IN_PROGRESS", 1)
    assert [line["level"] for line in (told[0], told[-1])] == ["WARNING", "ERROR"]
    assert told[-1]["log"] == f"log of handle/{operation_id}-install-0"


def test_nothing_is_put_back_while_a_job_of_the_given_up_step_is_at_work(world: OperationWorld) -> None:
    source = site_promoted(world)
    operation_id = accepted(promote(world, source))
    world.maintenance.hanging[JobCommand.STAGE] = 1
    world.maintenance.dying = 4
    run_until(world, operation_id, 1)
    assert world.maintenance.asked[f"{operation_id}-stage-0"]
    world.killer = Killer(every="maintenance.state")
    while not world.operation(operation_id).undoing:
        run_until(world, operation_id, 0.1)
    world.killer = Killer()
    world.run()

    operation = world.operation(operation_id)
    assert (operation.status, operation.rolled_back) == ("FAILED", True)
    assert list(world.maintenance.stopped) == [f"{operation_id}-stage-0"]
    assert world.maintenance.beside == []


def test_a_job_for_which_there_was_no_room_is_asked_for_as_another_one(world: OperationWorld) -> None:
    world.maintenance.broken = [JobNotStarted("The hosting platform could not do this just now.")]
    operation_id = asked_for(world)

    world.run()

    assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("COMPLETED", 2)
    assert list(world.maintenance.ended) == [f"{operation_id}-install-1"]


def test_a_retried_step_looks_at_the_job_that_it_left_running(world: OperationWorld) -> None:
    site_id = site_made(world)
    world.maintenance.looks = 2
    operation_id = str(on_site(handlers.delete, world, site_id).json["operationId"])
    world.killer = Killer(every="maintenance.state")
    world.run()
    failed = world.operation(operation_id)
    world.killer = Killer()
    world.redrive()
    world.run()

    assert (failed.status, failed.steps[0].job_handle) == ("FAILED", f"handle/{operation_id}-backup-0")
    assert world.operation(operation_id).status == "COMPLETED"
    assert world.maintenance.beside == []
