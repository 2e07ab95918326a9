"""The dispatcher on the stream and the sweeper: what they take, and that nothing holds up the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.outbox import handlers
from runtime.outbox.dispatch import MAX_ATTEMPTS, TransientFault
from runtime.table.port import Row
from tests.runtime.fakes import FakePorts
from tests.runtime.stories import LAMBDA, get, invited, write


@pytest.fixture(autouse=True)
def _in_memory(ports: FakePorts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "environment_outbox_ports", lambda: ports)


def record(row: Row, event: str = "INSERT") -> dict[str, Any]:
    return {"eventName": event, "dynamodb": {"Keys": {name: {"S": row[name]} for name in ("PK", "SK")}}}


def dispatched(*records: dict[str, Any]) -> Any:
    return handlers.dispatch_stream({"Records": list(records)}, LAMBDA)  # type: ignore[arg-type]


def sweep() -> None:
    handlers.sweep({}, LAMBDA)  # type: ignore[arg-type]


def poison(row: Row) -> Row:
    """An entry of an effect that this version of the code does not know."""
    return row | {"SK": row["SK"].replace("INVITATION_MAIL", "CARRIER_PIGEON"), "effect": "CARRIER_PIGEON"}


def test_the_entries_of_a_batch_are_carried_out_and_none_is_reported_as_failed(ports: FakePorts) -> None:
    for number in range(3):
        invited(ports, f"person-{number}@x.test")

    answer = dispatched(*map(record, ports.table.of_type("OUTBOX")))

    assert answer == {"batchItemFailures": []}
    assert {mail.to for mail in ports.mailer.sent} == {f"person-{number}@x.test" for number in range(3)}


def test_only_what_is_new_in_the_outbox_is_carried_out(ports: FakePorts) -> None:
    invited(ports)
    (row,) = ports.table.of_type("OUTBOX")

    dispatched(record(row, "MODIFY"), record(row, "REMOVE"))

    assert ports.mailer.sent == []


def test_one_bad_record_holds_up_no_other_and_fails_no_batch(ports: FakePorts) -> None:
    invited(ports, "good@x.test")
    (good,) = ports.table.of_type("OUTBOX")
    bad = [poison(good), good | {"SK": good["SK"] + "x", "about": {}}]
    write(ports, *bad)

    answer = dispatched(*map(record, [*bad, good]))

    assert answer == {"batchItemFailures": []}
    assert [mail.to for mail in ports.mailer.sent] == ["good@x.test"]


def test_a_fault_leaves_the_entry_to_the_sweeper(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.mailer.faults = [TransientFault("not now")]
    dispatched(*map(record, ports.table.of_type("OUTBOX")))
    ports.move(seconds=61)

    sweep()

    assert get(ports, invitation_id).json["delivery"] == {"status": "SENT"}


@pytest.mark.parametrize(("age", "taken"), [(0, 0), (59.999, 0), (60, 0), (60.001, 1), (3600, 1)])
def test_the_sweeper_takes_only_what_is_older_than_a_minute(ports: FakePorts, age: float, taken: int) -> None:
    invited(ports)
    ports.move(seconds=age)

    sweep()

    assert len(ports.mailer.sent) == taken


def test_the_sweeper_reads_every_shard(ports: FakePorts) -> None:
    ports.creates_per_minute = 100
    for number in range(30):
        invited(ports, f"person-{number}@x.test")
    shards = {row["PK"] for row in ports.table.of_type("OUTBOX")}
    ports.move(seconds=61)

    sweep()

    assert len(shards) == 4
    assert len(ports.mailer.sent) == 30


def test_a_bad_entry_holds_up_no_sweep(ports: FakePorts) -> None:
    for number in range(8):
        invited(ports, f"person-{number}@x.test")
    write(ports, *map(poison, ports.table.of_type("OUTBOX")))
    ports.move(seconds=61)

    sweep()

    assert len(ports.mailer.sent) == 8


def test_sweep_after_sweep_ends_what_never_succeeds(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.mailer.faults = [TransientFault("The mail service could not be reached.")] * 99
    ports.move(seconds=1)
    for _ in range(MAX_ATTEMPTS):
        ports.move(seconds=60)
        sweep()

    assert get(ports, invitation_id).json["delivery"]["status"] == "FAILED"
    assert len(ports.mailer.faults) == 99 - MAX_ATTEMPTS


def test_outcomes_are_counted_by_effect(ports: FakePorts, capsys: pytest.CaptureFixture[str]) -> None:
    invited(ports)

    dispatched(*map(record, ports.table.of_type("OUTBOX")))

    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "Effects" in line]
    assert [(line["effect"], line["outcome"], line["Effects"]) for line in emitted] == [("INVITATION_MAIL", "DONE", [1.0])]
