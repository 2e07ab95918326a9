"""One operation as operators are shown it: how it stands, its steps, its job's log, and nobody's address."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from ops.access import Access, OperatorError
from ops.operation import shown
from runtime.operations.rows import operation_key
from tests.runtime.operations.wordpress import failed
from tests.runtime.operations.world import Killer, OperationWorld, create_site
from tests.runtime.sites.asking import set_tenant

LEASED, AFTER_IT = timedelta(seconds=10), timedelta(seconds=90)


@dataclass(frozen=True)
class Here:
    """The access of an operator whose table is the world's."""

    world: OperationWorld
    stage: str = "local"

    @property
    def table(self) -> Any:
        return self.world.table

    def shows(self, operation_id: str, *, after: timedelta = timedelta()) -> str:
        return shown(cast("Access", self), operation_id, self.world.now() + after)


def line(text: str, name: str) -> str:
    """What is said under a name."""
    (found,) = (each for each in text.splitlines() if each.startswith(f"{name} "))
    return found.removeprefix(name).strip()


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def asked_for(world: OperationWorld) -> str:
    return str(create_site(world).json["operationId"])


def killed_at_work(world: OperationWorld) -> str:
    """An operation whose worker died right after it had started a job."""
    operation_id = asked_for(world)
    world.killer = Killer(every="maintenance.start", after=True)
    world.dispatch()
    world.consume("creation")
    return operation_id


def waiting_for_a_job(world: OperationWorld) -> str:
    operation_id = asked_for(world)
    world.maintenance.looks = 1000
    world.dispatch()
    world.consume("creation")
    return operation_id


def failed_for_good(world: OperationWorld) -> str:
    operation_id = asked_for(world)
    world.maintenance.faults = [failed("The database is not there.")] * 3
    world.run()
    return operation_id


@pytest.mark.parametrize(
    ("making", "after", "standing"),
    [
        (asked_for, timedelta(), "CLAIMABLE: its next message carries it on"),
        (killed_at_work, LEASED, "BUSY: a worker holds it until its lease ends"),
        (killed_at_work, AFTER_IT, "CLAIMABLE: its next message carries it on"),
        (waiting_for_a_job, timedelta(), "WAITING: it waits for something outside, mostly a job"),
        (failed_for_good, timedelta(), "FINISHED: its messages have no effect"),
    ],
)
def test_it_says_what_the_next_message_would_find(
    world: OperationWorld, making: Callable[[OperationWorld], str], after: timedelta, standing: str
) -> None:
    assert line(Here(world).shows(making(world), after=after), "standing") == standing


def test_it_says_who_holds_it_how_often_it_was_tried_and_when_the_sweeper_comes(world: OperationWorld) -> None:
    text = Here(world).shows(killed_at_work(world), after=LEASED)

    assert line(text, "attempts") == "1 of 3 in run 1, fence 1"
    assert line(text, "lease until").endswith("(in 50 s)")
    assert line(text, "sent again") == line(text, "lease until")
    assert "waits until" not in text


def test_it_says_why_it_failed_and_that_it_may_be_tried_again(world: OperationWorld) -> None:
    text = Here(world).shows(failed_for_good(world))

    assert line(text, "error") == "WP_001, may be tried again: The database is not there."
    assert line(text, "status") == "FAILED, 0 %: The database is not there."


def test_it_says_whether_the_site_is_locked_by_it(world: OperationWorld) -> None:
    operation_id = asked_for(world)
    during = line(Here(world).shows(operation_id), "site")
    world.run()

    assert during.endswith("PROVISIONING, locked by this operation")
    assert line(Here(world).shows(operation_id), "site").endswith("ACTIVE, not locked")


def test_it_shows_every_step_with_its_times_attempts_and_jobs(world: OperationWorld) -> None:
    operation_id = failed_for_good(world)

    steps = [each.split() for each in Here(world).shows(operation_id).split("\n\n")[1].splitlines()]

    assert [(step[0], step[1], step[2], step[-2]) for step in steps[1:]] == [
        ("install", "FAILED", "3", "3"),
        ("verify", "PENDING", "0", "0"),
    ]


def test_it_shows_under_which_handle_a_job_runs(world: OperationWorld) -> None:
    operation_id = waiting_for_a_job(world)

    assert f"handle/{operation_id}-install-0" in Here(world).shows(operation_id)


def test_the_log_of_a_task_is_a_command_to_read_it(world: OperationWorld) -> None:
    operation_id = failed_for_good(world)
    log_is(world, operation_id, "/aws/ecs/bbws-portal-dev-maintenance:maintenance/maintenance/0a1b")

    text = Here(world, stage="dev").shows(operation_id)

    assert (
        "aws logs get-log-events --log-group-name /aws/ecs/bbws-portal-dev-maintenance "
        "--log-stream-name maintenance/maintenance/0a1b --start-from-head --query 'events[].message' --output text"
    ) in text


def test_the_log_of_a_process_is_a_path_and_its_last_lines_with_traces_as_python_writes_them(
    world: OperationWorld, tmp_path: Path
) -> None:
    operation_id, log = failed_for_good(world), tmp_path / "stderr"
    steps = [json.dumps({"step": f"step {number}"}) for number in range(20)]
    log.write_text("\n".join([*steps, json.dumps({"fault": "KeyError", "trace": "Traceback:\n  line 1\nKeyError: 'x'\n"})]))
    log_is(world, operation_id, str(log))

    text = Here(world).shows(operation_id)

    assert f"install, its last job's log:\n  {log}\n" in text
    assert "    Traceback:\n      line 1\n    KeyError: 'x'" in text
    assert ("step 19" in text, "step 5" in text) == (True, False)


def test_a_log_that_is_gone_is_said_to_be_gone(world: OperationWorld, tmp_path: Path) -> None:
    operation_id = failed_for_good(world)
    log_is(world, operation_id, str(tmp_path / "stderr"))

    assert "(there is no such file any more)" in Here(world).shows(operation_id)


def test_addresses_of_people_are_masked_wherever_they_stand(world: OperationWorld, tmp_path: Path) -> None:
    operation_id, log = failed_for_good(world), tmp_path / "stderr"
    log.write_text("mail of jo.doe+shop@example.test bounced\n")
    log_is(world, operation_id, str(log))

    text = Here(world).shows(operation_id)

    assert world.operation(operation_id).input["adminEmail"] == "admin@acme.test"
    assert ("admin@" in text, '"adminEmail": "***@acme.test"' in text) == (False, True)
    assert "mail of ***@example.test bounced" in text


def test_an_operation_that_is_not_there_is_said_to_be_none(world: OperationWorld) -> None:
    with pytest.raises(OperatorError, match="There is no operation op-1"):
        Here(world).shows("op-1")


def test_it_is_shown_for_a_tenant_that_is_not_active_too(world: OperationWorld) -> None:
    operation_id = asked_for(world)
    set_tenant(world, status="SUSPENDED")

    assert operation_id in Here(world).shows(operation_id)


def log_is(world: OperationWorld, operation_id: str, pointer: str) -> None:
    world.table.rows[operation_key(operation_id)]["steps"][0]["jobLog"] = pointer
