"""What happens to tasks on Fargate, and how the operations end that they worked for: as docs/operations.md promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from runtime.operations.domain import Operation
from runtime.sites import handlers
from runtime.wordpress.jobs import FULL_DETAIL, GONE, TEMPORARY_DETAIL
from runtime.wordpress.port import JobCommand
from runtime.wordpress.stopped import OUT_OF_MEMORY_DETAIL
from tests.runtime.conftest import Log
from tests.runtime.operations.fargate import LOG_GROUP, NEVER, Fargate, Reply, ended
from tests.runtime.operations.wordpress import state_of
from tests.runtime.operations.world import Killer, OperationWorld, create_site, on_site
from tests.runtime.plugins.asking import update as update_plugin
from tests.runtime.sites.asking import accepted, get_operation, promote, site_promoted

OURS = "It failed for a reason of ours."
NO_CAPACITY: Reply = (
    200,
    {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time. Please try again later."}]},
)
TOO_MANY: Reply = (
    400,
    {"__type": "ClientException", "message": "You've reached the limit on the number of vCPUs you can run concurrently."},
)
NOT_ALLOWED: Reply = (400, {"__type": "AccessDeniedException", "message": "arn:aws:sts::1:x is not authorized"})
NO_IMAGE = ended(stop_code="TaskFailedToStart", reason="CannotPullContainerError: pull access denied for 1.dkr.ecr/x")
NO_FILES = ended(stop_code="TaskFailedToStart", reason="ResourceInitializationError: failed to invoke EFS utils commands")
OUT_OF_MEMORY = ended(exitCode=137, reason="OutOfMemoryError: Container killed due to memory usage")
FULL = ended(exitCode=73)
INTERRUPTED = ended(stop_code="TerminationNotice", reason="Task is being retired", exitCode=137)


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


@pytest.fixture
def fargate(world: OperationWorld) -> Iterator[Fargate]:
    fargate = Fargate(world.wordpress)
    with fargate.answering():
        maintenance: Any = fargate.maintenance()
        world.maintenance = maintenance
        yield fargate


def creation(world: OperationWorld) -> Operation:
    """How the creation of a site ends."""
    return carried_out(world, str(create_site(world).json["operationId"]))


def carried_out(world: OperationWorld, operation_id: str) -> Operation:
    world.run(minutes=240)
    return world.operation(operation_id)


def outcome(operation: Operation) -> tuple[object, ...]:
    """What customers learn of an end."""
    error = operation.error
    return operation.status.value, error and (error.code, error.detail, error.retryable), operation.rolled_back


def test_an_operation_whose_tasks_succeed_completes(world: OperationWorld, fargate: Fargate) -> None:
    assert outcome(creation(world)) == ("COMPLETED", None, None)
    assert world.wordpress.effects == {"install": 1}


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([NO_CAPACITY] * 3, ("WP_001", TEMPORARY_DETAIL, True)),
        ([TOO_MANY] * 3, ("WP_001", TEMPORARY_DETAIL, True)),
        ([NOT_ALLOWED] * 3, ("SYS_001", OURS, True)),
    ],
    ids=["no capacity", "a quota", "not allowed"],
)
def test_a_task_that_is_never_placed_fails_its_operation_until_it_is_tried_again(
    world: OperationWorld, fargate: Fargate, replies: list[Reply], error: tuple[str, str, bool]
) -> None:
    fargate.unplaced = list(replies)
    operation = creation(world)
    ((_, letter),) = world.dead_letters
    site = world.site(operation.site_id)

    assert outcome(operation) == ("FAILED", error, None)
    assert (operation.attempts, site.status, site.active_operation) == (3, "FAILED", None)
    assert letter["deadLetterReason"] == f"{error[0]}: {error[1]}"
    world.redrive()
    assert outcome(carried_out(world, operation.operation_id)) == ("COMPLETED", None, None)
    assert (world.site(operation.site_id).status, world.dead_letters) == ("ACTIVE", [])


def test_a_task_that_was_not_placed_is_asked_for_as_another_one(world: OperationWorld, fargate: Fargate) -> None:
    fargate.unplaced = [NO_CAPACITY, TOO_MANY]

    operation = creation(world)

    assert (outcome(operation)[0], operation.attempts) == ("COMPLETED", 3)
    assert fargate.runs == [f"{operation.operation_id}-install-2"]


@pytest.mark.parametrize(
    ("ending", "detail"),
    [
        (NO_IMAGE, TEMPORARY_DETAIL),
        (NO_FILES, TEMPORARY_DETAIL),
        (OUT_OF_MEMORY, OUT_OF_MEMORY_DETAIL),
        (FULL, FULL_DETAIL),
        (INTERRUPTED, GONE.detail),
    ],
    ids=["no image", "no file system", "out of memory", "full disk", "taken away"],
)
def test_a_task_that_ends_badly_three_times_fails_its_operation_until_it_is_tried_again(
    world: OperationWorld, fargate: Fargate, ending: dict[str, Any], detail: str, log: Log
) -> None:
    fargate.endings[JobCommand.INSTALL] = [ending] * 3
    operation = creation(world)
    ((queue, letter),) = world.dead_letters

    assert outcome(operation) == ("FAILED", ("WP_001", detail, True), None)
    assert fargate.runs == [f"{operation.operation_id}-install-{number}" for number in range(3)]
    assert (queue, letter["deadLetterReason"]) == ("creation", f"WP_001: {detail}")
    told = [line for line in log.lines if line["message"] == "A maintenance task did not do its work"]
    assert [line["jobId"] for line in told] == fargate.runs
    assert [line["log"] for line in told] == [f"{LOG_GROUP}:maintenance/maintenance/{number:032x}" for number in range(3)]
    world.redrive()
    assert outcome(carried_out(world, operation.operation_id)) == ("COMPLETED", None, None)
    assert world.wordpress.effects == {"install": 1}


@pytest.mark.parametrize("ending", [NO_IMAGE, OUT_OF_MEMORY, FULL, INTERRUPTED])
def test_one_bad_end_costs_an_attempt_and_nothing_else(world: OperationWorld, fargate: Fargate, ending: dict[str, Any]) -> None:
    fargate.endings[JobCommand.INSTALL] = [ending]

    operation = creation(world)

    assert (outcome(operation)[0], operation.attempts, world.dead_letters) == ("COMPLETED", 2, [])


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        (OUT_OF_MEMORY, ("WP_001", OUT_OF_MEMORY_DETAIL, True)),
        (FULL, ("WP_001", FULL_DETAIL, True)),
        (NEVER, ("WP_002", "The work on the site took too long and was stopped.", True)),
    ],
    ids=["out of memory", "full disk", "never answers"],
)
@pytest.mark.parametrize("command", [JobCommand.STAGE, JobCommand.SWITCH])
def test_a_promotion_whose_tasks_end_badly_is_put_back(
    world: OperationWorld, fargate: Fargate, command: JobCommand, ending: dict[str, Any], error: tuple[str, str, bool]
) -> None:
    source = site_promoted(world)
    fargate.endings[command] = [ending] * 3
    before, stops = state_of(world.wordpress), fargate.calls["StopTask"]
    operation = carried_out(world, accepted(promote(world, source)))
    after = state_of(world.wordpress)
    ((queue, letter),) = world.dead_letters

    assert outcome(operation) == ("FAILED", error, True)
    assert [site[:4] for site in _sites(after)] == [site[:4] for site in _sites(before)], "but for the backup"
    assert (queue, letter["deadLetterReason"]) == ("update", f"{error[0]}: {error[1]}")
    assert fargate.calls["StopTask"] - stops == (3 if ending is NEVER else 0)
    world.redrive()
    assert outcome(carried_out(world, operation.operation_id)) == ("COMPLETED", None, None)


def test_a_full_disk_at_the_backup_of_a_plugin_s_update_leaves_the_site_as_it_was(
    world: OperationWorld, fargate: Fargate
) -> None:
    site_id = creation(world).site_id
    world.wordpress.publish("akismet", "6.0")
    fargate.endings[JobCommand.BACKUP] = [FULL] * 3

    operation = carried_out(world, accepted(update_plugin(world, site_id)))

    assert outcome(operation) == ("FAILED", ("WP_001", FULL_DETAIL, True), True)
    assert world.wordpress.installed[site_id].content.plugins["akismet"].version == "5.7.2"
    assert world.wordpress.installed[site_id].frozen is False


def test_a_deployment_between_two_attempts_runs_no_second_task_for_a_job(world: OperationWorld, fargate: Fargate) -> None:
    operation_id = str(create_site(world).json["operationId"])
    world.killer = Killer(at=3, after=True)
    world.dispatch()
    world.consume("creation")
    assert (world.killer.calls[-1], len(fargate.tasks)) == ("maintenance.start", 1)
    maintenance: Any = fargate.maintenance(task_definition="bbws-portal-dev-maintenance:2")
    world.maintenance, world.killer = maintenance, Killer()

    operation = carried_out(world, operation_id)

    assert (outcome(operation)[0], fargate.runs) == ("COMPLETED", [f"{operation_id}-install-0"])


def test_a_task_that_is_not_known_everywhere_yet_is_waited_for(world: OperationWorld, fargate: Fargate) -> None:
    fargate.unseen = 5

    operation = creation(world)

    assert (outcome(operation)[0], operation.attempts, len(fargate.tasks)) == ("COMPLETED", 1, 1)


def test_a_task_that_was_forgotten_is_a_failed_one(world: OperationWorld, fargate: Fargate) -> None:
    fargate.unseen = 30

    operation = creation(world)

    assert (outcome(operation)[0], operation.attempts, len(fargate.tasks)) == ("COMPLETED", 2, 2)


def test_the_operation_keeps_where_its_last_task_s_log_is_and_shows_it_to_nobody(
    world: OperationWorld, fargate: Fargate
) -> None:
    fargate.endings[JobCommand.INSTALL] = [FULL] * 3

    operation = creation(world)

    assert operation.steps[0].job_log == f"{LOG_GROUP}:maintenance/maintenance/{2:032x}"
    assert "aws/ecs" not in get_operation(world, operation.operation_id).text


def test_a_deletion_s_task_that_never_answers_is_stopped_and_another_one_does_the_work(
    world: OperationWorld, fargate: Fargate
) -> None:
    site_id = creation(world).site_id
    fargate.endings[JobCommand.BACKUP] = [NEVER]

    operation = carried_out(world, str(on_site(handlers.delete, world, site_id).json["operationId"]))

    assert (outcome(operation), operation.attempts) == (("COMPLETED", None, None), 2)
    assert (fargate.calls["StopTask"], world.wordpress.installed[site_id].offline) == (1, "deleted")


def _sites(state: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [site for name, site in state.items() if name != "under way"]
