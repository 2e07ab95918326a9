"""The messages that start operations and the events that tell of their end, as the outbox carries them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.operations.domain import Operation, OperationError, OperationType, request_operation
from runtime.outbox.dispatch import MAX_ATTEMPTS, Outcome, TransientFault
from runtime.outbox.entries import event_entry, message_entry
from runtime.outbox.performers import QUEUES, dispatch
from runtime.table.port import Row, key_of
from tests.runtime.conftest import Log
from tests.runtime.fakes import START, FakePorts
from tests.runtime.stories import deliver, write

LATER = TransientFault("The queue did not take the message.")
ERROR = OperationError(code="WP_002", detail="WordPress did not answer in time.", retryable=True)


def operation(kind: OperationType = OperationType.SITE_CREATION) -> Operation:
    return request_operation(
        operation_id="op-1", operation_type=kind, tenant_id="acme", site_id="site-1", steps=("install",),
        input_={"adminEmail": "admin@acme.test"}, by="sub", correlation_id="order-7", now=START,
    )  # fmt: skip


def completed(kind: OperationType = OperationType.SITE_CREATION) -> Operation:
    return operation(kind).claimed(START).step_done(START, {}).completed(START)


def test_a_message_names_its_operation_and_where_it_came_from(ports: FakePorts) -> None:
    write(ports, message_entry(operation(), START))
    ports.move(seconds=1)

    outcomes = deliver(ports)

    assert outcomes == [Outcome.DONE]
    assert ports.queues.sent == {
        "creation": [
            {
                "schemaVersion": 1,
                "messageType": "SITE_CREATION",
                "operationId": "op-1",
                "tenantId": "acme",
                "siteId": "site-1",
                "correlationId": "order-7",
                "timestamp": "2026-11-23T09:30:16.250Z",
                "payload": {},
            }
        ]
    }
    assert not ports.table.of_type("OUTBOX")


@pytest.mark.parametrize(
    ("kind", "queue"),
    [
        (OperationType.SITE_CREATION, "creation"),
        (OperationType.SITE_CLONE, "creation"),
        (OperationType.SITE_UPDATE, "update"),
        (OperationType.SITE_PROMOTION, "update"),
        (OperationType.PLUGIN_UPDATE, "update"),
        (OperationType.SITE_RESTORE, "update"),
        (OperationType.SITE_DELETION, "deletion"),
    ],
)
def test_each_kind_of_operation_has_its_queue(ports: FakePorts, kind: OperationType, queue: str) -> None:
    write(ports, message_entry(operation(kind), START))

    deliver(ports)

    assert list(ports.queues.sent) == [queue]


def test_no_kind_of_operation_is_without_a_queue() -> None:
    assert set(QUEUES) == set(OperationType)


ENDS: dict[str, tuple[Callable[[], Operation], str, dict[str, str]]] = {
    "completed": (completed, "SITE_CREATION_COMPLETE", {"status": "COMPLETED"}),
    "failed": (
        lambda: operation().claimed(START).failed(START, ERROR),
        "SITE_CREATION_FAILED",
        {"status": "FAILED", "errorCode": "WP_002"},
    ),
    "called off": (lambda: operation().cancelled(START), "SITE_CREATION_CANCELLED", {"status": "CANCELLED"}),
    "of a deletion": (lambda: completed(OperationType.SITE_DELETION), "SITE_DELETION_COMPLETE", {"status": "COMPLETED"}),
    "of a restore": (lambda: completed(OperationType.SITE_RESTORE), "SITE_RESTORE_COMPLETE", {"status": "COMPLETED"}),
}


@pytest.mark.parametrize(("ending", "name", "told"), ENDS.values(), ids=ENDS)
def test_an_event_tells_how_which_operation_ended(
    ports: FakePorts, ending: Callable[[], Operation], name: str, told: dict[str, str]
) -> None:
    ended = ending()
    write(ports, event_entry(ended, START))

    deliver(ports)

    detail = {
        "operationId": "op-1",
        "operationType": ended.operation_type.value,
        "tenantId": "acme",
        "siteId": "site-1",
        "correlationId": "order-7",
        "completedAt": "2026-11-23T09:30:15.250Z",
        **told,
    }
    assert ports.events.published == [(name, detail)]


def test_an_event_tells_of_the_end_it_was_written_for_though_the_operation_was_tried_again_since(ports: FakePorts) -> None:
    ended = operation().claimed(START).failed(START, ERROR)
    write(ports, event_entry(ended, START), event_entry(ended.reopened(START).claimed(START).failed(START, ERROR), START))

    deliver(ports)

    assert [name for name, _ in ports.events.published] == ["SITE_CREATION_FAILED"] * 2


def test_neither_a_message_nor_an_event_holds_what_the_operation_works_from(ports: FakePorts, log: Log) -> None:
    write(ports, message_entry(operation(), START), event_entry(completed(), START))

    deliver(ports)

    assert "admin@acme.test" not in f"{ports.queues.sent}{ports.events.published}{log.text}"


EFFECTS: dict[str, tuple[Row, Callable[[FakePorts], Any]]] = {
    "a message": (message_entry(operation(), START), lambda ports: ports.queues),
    "an event": (event_entry(completed(), START), lambda ports: ports.events),
}


@pytest.mark.parametrize(("entry", "port"), EFFECTS.values(), ids=EFFECTS)
def test_what_was_not_taken_is_sent_at_another_attempt(ports: FakePorts, entry: Row, port: Any) -> None:
    write(ports, entry)
    port(ports).faults = [LATER]

    assert [*deliver(ports), *deliver(ports)] == [Outcome.LATER, Outcome.DONE]
    assert len(ports.queues.sent.get("creation", [])) + len(ports.events.published) == 1


@pytest.mark.parametrize(("entry", "port"), EFFECTS.values(), ids=EFFECTS)
def test_what_is_never_taken_is_given_up(ports: FakePorts, entry: Row, port: Any) -> None:
    write(ports, entry)
    port(ports).faults = [LATER] * 99

    outcomes = [outcome for _ in range(MAX_ATTEMPTS) for outcome in deliver(ports)]

    assert outcomes == [Outcome.LATER] * (MAX_ATTEMPTS - 1) + [Outcome.GIVEN_UP]
    assert not ports.table.of_type("OUTBOX")


@pytest.mark.parametrize(("entry", "port"), EFFECTS.values(), ids=EFFECTS)
def test_of_two_that_carry_out_one_entry_one_sends(ports: FakePorts, entry: Row, port: Any) -> None:
    write(ports, entry)
    other: list[Outcome] = []
    ports.table.before_commit = lambda: other.append(dispatch(ports).carry_out(key_of(entry)))

    outcome = dispatch(ports).carry_out(key_of(entry))

    assert (other, outcome) == ([Outcome.DONE], Outcome.NOT_OURS)
    assert len(ports.queues.sent.get("creation", [])) + len(ports.events.published) == 1


def test_effects_of_many_operations_spread_over_every_shard() -> None:
    spread = {message_entry(_numbered(number), START)["PK"] for number in range(40)}

    assert len(spread) == 4


def _numbered(number: int) -> Operation:
    return request_operation(
        operation_id=f"op-{number}", operation_type=OperationType.SITE_UPDATE, tenant_id="acme", site_id="site-1",
        steps=("rename",), input_={}, by="sub", correlation_id="c", now=START,
    )  # fmt: skip
