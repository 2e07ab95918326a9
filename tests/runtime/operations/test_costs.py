"""What a message costs in calls of DynamoDB, recorded at botocore on the real adapter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.operations.rows import operation_key
from runtime.sites import handlers
from tests.runtime.batch_consumer.queues import body
from tests.runtime.dynamo import recorded_table
from tests.runtime.operations.wordpress import failed, refused
from tests.runtime.operations.world import Killer, OperationWorld, on_site, site_made

READ, READS, WRITE = "GetItem", "BatchGetItem", "TransactWriteItems"
CLAIM = [READS, WRITE]
"""An operation is read together with its site, so that its end has nothing left to read."""

END = [WRITE]


def calls_of_a_message(world: OperationWorld, queue: str) -> list[str]:
    """Move the table to DynamoDB and consume what waits on a queue."""
    with recorded_table() as table:
        table.load_from(world.table)
        on_dynamodb: Any = table.table
        world.table = on_dynamodb
        assert world.consume(queue) == 1
    return table.calls


def renaming(world: OperationWorld) -> str:
    """An operation of one step that needs no job, its message on the queue."""
    answer = on_site(handlers.update, world, site_made(world), body={"siteName": "Another name"})
    world.dispatch()
    return str(answer.json["operationId"])


def removing(world: OperationWorld) -> str:
    """An operation whose first step is a job, its message on the queue."""
    answer = on_site(handlers.delete, world, site_made(world))
    world.dispatch()
    return str(answer.json["operationId"])


def again(world: OperationWorld, queue: str) -> None:
    """The message that waits on a queue, when it is its time."""
    (letter,) = world.lines[queue].letters
    world.clock = letter.visible_at


def of_a_finished_operation(world: OperationWorld) -> None:
    renaming(world)
    (letter,) = world.lines["update"].letters
    world.run()
    world.lines["update"].send(letter.body, {}, delay=0)


def of_an_operation_in_other_hands(world: OperationWorld) -> None:
    renaming(world)
    (letter,) = world.lines["update"].letters
    world.killer = Killer(every="agent.rename")
    world.consume("update")
    world.killer = Killer()
    letter.visible_at = world.clock


def of_an_operation_that_waits(world: OperationWorld) -> None:
    world.maintenance.looks = 1
    removing(world)
    world.consume("deletion")
    (letter,) = world.lines["deletion"].letters
    letter.visible_at = world.clock


def without_steps(world: OperationWorld) -> None:
    world.table.rows[operation_key(renaming(world))]["steps"] = []


def with_a_step(world: OperationWorld) -> None:
    renaming(world)


def with_two_steps(world: OperationWorld) -> None:
    removing(world)


def whose_job_is_started(world: OperationWorld) -> None:
    world.maintenance.looks = 2
    removing(world)


def whose_job_still_runs(world: OperationWorld) -> None:
    whose_job_is_started(world)
    world.consume("deletion")
    again(world, "deletion")


def whose_step_fails(world: OperationWorld) -> None:
    renaming(world)
    world.agent.faults = [RuntimeError("boom")]


def whose_step_fails_for_the_last_time(world: OperationWorld) -> None:
    renaming(world)
    world.agent.faults = [RuntimeError("boom")] * 3
    for _ in range(2):
        world.consume("update")
        again(world, "update")


def whose_job_is_refused(world: OperationWorld) -> None:
    removing(world)
    world.maintenance.faults = [refused()]


def that_was_cut_short_too_often(world: OperationWorld) -> None:
    operation_id = renaming(world)
    world.table.rows[operation_key(operation_id)]["attempts"] = 3


def put_back_from_the_dead_letters(world: OperationWorld) -> None:
    world.sweeping = False
    removing(world)
    world.maintenance.faults = [failed()] * 3
    world.run()
    world.redrive()


def that_names_no_operation(world: OperationWorld) -> None:
    del world.table.rows[operation_key(renaming(world))]


def that_is_malformed(world: OperationWorld) -> None:
    world.lines["update"].send(body(), {}, delay=0)


COSTS: dict[Callable[[OperationWorld], None], tuple[str, list[str]]] = {
    that_is_malformed: ("update", []),
    that_names_no_operation: ("update", [READS]),
    of_a_finished_operation: ("update", [READS]),
    of_an_operation_in_other_hands: ("update", [READS]),
    of_an_operation_that_waits: ("deletion", [READS]),
    without_steps: ("update", [*CLAIM, *END]),
    with_a_step: ("update", [*CLAIM, *END]),
    with_two_steps: ("deletion", [*CLAIM, WRITE, *END]),
    whose_job_is_started: ("deletion", [*CLAIM, WRITE]),
    whose_job_still_runs: ("deletion", [*CLAIM, WRITE]),
    whose_step_fails: ("update", [*CLAIM, WRITE]),
    whose_step_fails_for_the_last_time: ("update", [*CLAIM, *END]),
    whose_job_is_refused: ("deletion", [*CLAIM, *END]),
    that_was_cut_short_too_often: ("update", [READS, *END]),
    put_back_from_the_dead_letters: ("deletion", [READS, READS, WRITE, WRITE, READ, WRITE]),
}


@pytest.mark.parametrize("message", COSTS, ids=lambda message: message.__name__)
def test_a_message_costs_these_calls_of_dynamodb_and_no_other(message: Callable[[OperationWorld], None]) -> None:
    queue, calls = COSTS[message]
    world = OperationWorld()
    message(world)

    assert calls_of_a_message(world, queue) == calls
