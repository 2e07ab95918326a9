"""What goes wrong around an operation, other than its worker's death, and what becomes of the operation then."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from runtime.operations.domain import Operation
from runtime.operations.rows import operation_key, operation_row
from runtime.outbox.dispatch import TransientFault
from runtime.sites import handlers
from runtime.table.port import Conflict
from runtime.wordpress.port import WordPressFault, WordPressTimeout
from tests.runtime.operations.wordpress import failed, refused
from tests.runtime.operations.world import Killer, OperationWorld, create_site, on_site, site_made


def asked_for(world: OperationWorld, **options: str) -> str:
    answer = create_site(world, **options)
    assert answer.status == 202, answer.text
    return str(answer.json["operationId"])


def attempts_seen(world: OperationWorld, operation_id: str) -> list[datetime]:
    """When each attempt began, as the clock is moved on from one event to the next."""
    seen: dict[int, datetime] = {}
    while world.operation(operation_id).status.is_open:
        world.dispatch()
        world.consume("creation")
        seen.setdefault(world.operation(operation_id).attempts, world.clock)
        world.move(seconds=1)
    return list(seen.values())


class TestDuplicates:
    def test_a_message_that_comes_again_after_the_end_has_no_effect(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()
        (letter,) = world.lines["creation"].letters
        world.run()
        before = world.operation(operation_id)

        world.lines["creation"].send(letter.body, {}, delay=0)
        world.run()

        assert world.operation(operation_id) == before
        assert (world.wordpress.effects, world.dead_letters) == ({"install": 1}, [])

    def test_two_messages_of_one_operation_in_one_batch_do_its_work_once(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()
        (letter,) = world.lines["creation"].letters
        world.lines["creation"].send(letter.body, {}, delay=0)

        world.run()

        assert (world.operation(operation_id).status, world.wordpress.effects) == ("COMPLETED", {"install": 1})

    def test_a_message_that_meets_a_live_lease_goes_round_and_burns_no_receive(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()
        (letter,) = world.lines["creation"].letters
        world.table.rows[operation_key(operation_id)] |= _claimed_row(world, operation_id)
        world.lines["creation"].send(letter.body, {}, delay=0)

        world.consume("creation")

        assert [(each.receives, each.visible_at - world.clock) for each in world.lines["creation"].letters] == [
            (0, timedelta(seconds=60))
        ] * 2


class TestBatches:
    def test_three_bad_messages_of_ten_leave_the_seven_others_alone(self) -> None:
        world = OperationWorld()
        good = [asked_for(world) for _ in range(7)]
        business, unexpected = asked_for(world), asked_for(world)
        jobs = {business: refused(), unexpected: failed()}
        world.maintenance.ended |= {f"{operation}-install-0": state for operation, state in jobs.items()}
        world.dispatch()
        world.lines["creation"].send('{"schemaVersion": 1}', {}, delay=0)

        assert world.consume("creation") == 10

        assert [world.operation(each).status for each in good] == ["COMPLETED"] * 7
        assert (world.operation(business).status, world.operation(business).attempts) == ("FAILED", 1)
        assert world.operation(unexpected).status == "IN_PROGRESS"
        (left,) = world.lines["creation"].letters
        assert json.loads(left.body)["operationId"] == unexpected
        assert [attributes["deadLetterReason"][:9] for _, attributes in world.dead_letters] == ["Malformed"]

    def test_a_message_for_which_there_is_no_time_is_not_begun_and_comes_again(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()

        world.consume("creation", remaining=20)

        assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("PENDING", 0)
        assert [letter.receives for letter in world.lines["creation"].letters] == [0]

    def test_a_step_for_which_there_is_no_time_is_left_to_the_next_invocation(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()

        world.consume("creation", remaining=lambda: 20 if world.wordpress.effects else 150)
        left = world.operation(operation_id)
        world.run()

        assert (left.status, [step.status for step in left.steps]) == ("IN_PROGRESS", ["COMPLETED", "IN_PROGRESS"])
        assert left.leased_until is None
        assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("COMPLETED", 1)


class TestUnexpectedFaults:
    def test_three_attempts_with_the_stated_gaps_then_a_dead_letter(self) -> None:
        world = OperationWorld(sweeping=False)
        world.maintenance.faults = [failed()] * 3
        operation_id = asked_for(world)

        moments = attempts_seen(world, operation_id)

        first, second = [later - earlier for earlier, later in pairwise(moments[-3:])]
        assert timedelta(seconds=48) <= first <= timedelta(seconds=73)
        assert timedelta(seconds=96) <= second <= timedelta(seconds=145)
        operation = world.operation(operation_id)
        assert operation.error
        assert (operation.status, operation.attempts, operation.error.code, operation.error.retryable) == (
            "FAILED",
            3,
            "WP_001",
            True,
        )
        ((queue, attributes),) = world.dead_letters
        assert (queue, attributes["operationId"], attributes["deadLetterRun"]) == ("creation", operation_id, "1")
        assert attributes["deadLetterReason"] == "WP_001: The database is not there."

    def test_a_site_that_could_not_be_made_is_failed_and_keeps_its_place_until_it_is_deleted(self) -> None:
        world = OperationWorld()
        world.maintenance.faults = [failed()] * 3
        operation = world.operation(asked_for(world))
        world.run()

        site = world.site(operation.site_id)
        assert (site.status, site.active_operation, world.count("QUOTA#DEV"), world.count("UNFINISHED")) == (
            "FAILED",
            None,
            1,
            0,
        )
        world.dispatch()
        assert world.event_names == ["SITE_CREATION_FAILED"]

    def test_a_dead_letter_that_is_put_back_after_the_cause_is_mended_completes_the_operation(self) -> None:
        world = OperationWorld()
        world.maintenance.faults = [failed()] * 3
        operation_id = asked_for(world)
        world.run()

        world.redrive()
        world.run()

        operation = world.operation(operation_id)
        assert (operation.status, operation.run, operation.attempts, operation.error) == ("COMPLETED", 2, 1, None)
        assert (world.site(operation.site_id).status, world.wordpress.effects) == ("ACTIVE", {"install": 1})
        assert (world.count("UNFINISHED"), world.dead_letters) == (0, [])
        assert world.event_names == ["SITE_CREATION_FAILED", "SITE_CREATION_COMPLETE"]

    def test_a_dead_letter_put_back_too_early_dies_again_and_can_be_put_back_again(self) -> None:
        world = OperationWorld()
        world.maintenance.faults = [failed()] * 6
        operation_id = asked_for(world)
        for _ in range(2):
            world.run()
            world.redrive()
        world.run()

        assert (world.operation(operation_id).status, world.operation(operation_id).run) == ("COMPLETED", 3)

    def test_a_dead_letter_of_an_earlier_run_has_no_effect(self) -> None:
        world = OperationWorld()
        world.maintenance.faults = [failed()] * 6
        operation_id = asked_for(world)
        world.run()
        ((_, old),) = world.dead_letters
        (letter,) = world.lines["creation"].dead
        world.redrive()
        world.run()
        again = world.operation(operation_id)

        world.lines["creation"].send(letter.body, old, delay=0)
        world.run()

        assert (again.status, again.run) == ("FAILED", 2)
        assert world.operation(operation_id) == again

    def test_a_dead_letter_waits_while_another_operation_is_at_work_on_the_site(self) -> None:
        world = OperationWorld()
        site_id = site_made(world)
        world.maintenance.faults = [failed()] * 3
        first = str(on_site(handlers.update, world, site_id, body={"status": "SUSPENDED"}).json["operationId"])
        world.run()
        world.maintenance.looks = 3
        second = str(on_site(handlers.update, world, site_id, body={"status": "SUSPENDED"}).json["operationId"])

        world.redrive()
        world.run()

        assert [world.operation(each).status for each in (first, second)] == ["COMPLETED", "COMPLETED"]
        assert world.wordpress.effects["offline"] == 1

    @pytest.mark.parametrize(
        ("fault", "code", "detail"),
        [
            (WordPressFault("WordPress does not answer."), "WP_001", "WordPress does not answer."),
            (WordPressTimeout("WordPress took too long."), "WP_002", "WordPress took too long."),
            (RuntimeError("arn:aws:secret"), "SYS_001", "It failed for a reason of ours."),
        ],
        ids=["down or rubbish", "slow", "ours"],
    )
    def test_what_customers_read_of_it_says_what_wordpress_did_and_nothing_of_ours(
        self, fault: Exception, code: str, detail: str
    ) -> None:
        world = OperationWorld()
        world.agent.faults = [fault] * 3
        operation_id = asked_for(world)
        world.run()

        error = world.operation(operation_id).error
        assert error
        assert (error.code, error.detail, error.retryable) == (code, detail, True)

    def test_wordpress_that_comes_back_in_time_costs_an_attempt_and_nothing_else(self) -> None:
        world = OperationWorld()
        world.agent.faults = [WordPressFault("WordPress does not answer.")] * 2
        operation_id = asked_for(world)
        world.run()

        operation = world.operation(operation_id)
        assert (operation.status, operation.attempts, world.wordpress.effects) == ("COMPLETED", 3, {"install": 1})


class TestBusinessFaults:
    def test_what_is_refused_for_good_fails_at_once_and_leaves_no_dead_letter(self) -> None:
        world = OperationWorld()
        world.maintenance.faults = [refused("There is no plugin of this name.")]
        operation_id = asked_for(world)
        world.run(minutes=0)

        operation = world.operation(operation_id)
        assert operation.error
        assert (operation.status, operation.attempts, operation.error.detail, operation.error.retryable) == (
            "FAILED",
            1,
            "There is no plugin of this name.",
            False,
        )
        assert (world.dead_letters, world.lines["creation"].letters) == ([], [])


class TestDispatcher:
    def test_what_is_accepted_while_the_queue_is_down_is_carried_out_when_it_is_back(self) -> None:
        world = OperationWorld()
        world.queues.faults = [TransientFault("The queue did not take the message.")] * 3
        operation_id = asked_for(world)

        world.run()

        assert (world.operation(operation_id).status, world.wordpress.effects) == ("COMPLETED", {"install": 1})

    def test_an_operation_whose_message_was_lost_is_sent_again_after_a_minute(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()
        world.lines["creation"].letters.clear()

        world.move(seconds=59)
        world.sweep()
        early = len(world.table.of_type("OUTBOX"))
        world.move(seconds=2)
        world.run()

        assert (early, world.operation(operation_id).status) == (0, "COMPLETED")


class TestLeases:
    def test_a_worker_whose_lease_was_taken_over_while_it_slept_can_commit_nothing(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()
        (letter,) = world.lines["creation"].letters
        taken: list[Operation] = []

        def sleep_and_be_overtaken() -> None:
            world.move(seconds=61)
            world.lines["creation"].send(letter.body, {}, delay=0)
            world.consume("creation")
            taken.append(world.operation(operation_id))

        world.maintenance.before_state = sleep_and_be_overtaken
        world.consume("creation")

        assert [operation.status for operation in taken] == ["COMPLETED"]
        assert world.operation(operation_id) == taken[0]
        assert (world.wordpress.effects, world.count("UNFINISHED")) == ({"install": 1}, 0)

    def test_a_worker_that_the_sweeper_took_for_dead_can_commit_nothing(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()

        def sleep_and_be_swept() -> None:
            world.move(seconds=61)
            world.sweep()

        world.maintenance.before_state = sleep_and_be_swept
        world.consume("creation")
        late = world.operation(operation_id)
        world.run()

        assert (late.status, late.fence) == ("IN_PROGRESS", 2)
        assert (world.operation(operation_id).status, world.wordpress.effects) == ("COMPLETED", {"install": 1})

    def test_workers_that_die_every_time_make_a_failed_operation_that_can_be_put_back(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.killer = Killer(every="maintenance.start")
        world.run()
        operation = world.operation(operation_id)

        world.killer = Killer()
        world.redrive()
        world.run()

        assert operation.error
        assert (operation.status, operation.attempts, operation.error.retryable) == ("FAILED", 3, True)
        assert world.operation(operation_id).status == "COMPLETED"
        assert set(world.wordpress.installed) == {operation.site_id}

    def test_a_claim_that_loses_a_race_is_decided_anew(self) -> None:
        world = OperationWorld()
        operation_id = asked_for(world)
        world.dispatch()
        world.table.before_commit = lambda: (_ for _ in ()).throw(Conflict("TransactionConflict"))

        world.run()

        assert world.operation(operation_id).status == "COMPLETED"


def _claimed_row(world: OperationWorld, operation_id: str) -> dict[str, object]:
    return operation_row(world.operation(operation_id).claimed(world.clock))
