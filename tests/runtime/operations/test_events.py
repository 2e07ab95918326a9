"""What the stage's event bus is told of operations: each end once, by the name of its kind and outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.outbox.dispatch import TransientFault
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    accepted,
    break_jobs,
    cancel,
    delete,
    delete_for_good,
    restore,
    retry,
    site_deleted_softly,
    update,
)

Asking = Callable[[OperationWorld], Any]
KINDS: dict[str, tuple[Asking, str]] = {
    "creation": (lambda world: create_site(world), "SITE_CREATION"),
    "change": (lambda world: update(world, site_made(world), status="SUSPENDED"), "SITE_UPDATE"),
    "deletion": (lambda world: delete(world, site_made(world)), "SITE_DELETION"),
    "deletion for good": (lambda world: delete_for_good(world, site_made(world)), "SITE_DELETION"),
    "restore": (lambda world: restore(world, site_deleted_softly(world)), "SITE_RESTORE"),
}


def fail(world: OperationWorld, operation_id: str) -> None:
    break_jobs(world)


def called_off(world: OperationWorld, operation_id: str) -> None:
    cancel(world, operation_id)


ENDS: dict[str, tuple[Callable[[OperationWorld, str], Any], str, dict[str, str]]] = {
    "completed": (lambda world, operation_id: None, "COMPLETE", {"status": "COMPLETED"}),
    "failed": (fail, "FAILED", {"status": "FAILED", "errorCode": "WP_001"}),
    "called off": (called_off, "CANCELLED", {"status": "CANCELLED"}),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_an_operation_is_told_once_with_what_names_it(kind: str, end: str) -> None:
    world = OperationWorld()
    answer = KINDS[kind][0](world)
    operation_id = accepted(answer)
    world.events.published.clear()

    ENDS[end][0](world, operation_id)
    world.run()

    ((name, detail),) = world.events.published
    assert name == f"{KINDS[kind][1]}_{ENDS[end][1]}"
    assert detail.pop("completedAt").endswith("Z")
    assert detail == {
        "operationId": operation_id,
        "operationType": KINDS[kind][1],
        "tenantId": "acme",
        "siteId": answer.json["siteId"],
        "correlationId": answer.json["correlationId"],
        **ENDS[end][2],
    }


def test_nothing_is_told_of_an_operation_that_has_not_ended() -> None:
    world = OperationWorld()
    world.maintenance.looks = 99
    accepted(create_site(world))

    world.run(minutes=2)

    assert world.events.published == []


def test_a_failure_is_told_though_the_operation_was_tried_again_before_the_event_left() -> None:
    world = OperationWorld()
    break_jobs(world)
    operation_id = accepted(create_site(world))
    world.events.faults = [TransientFault("not now")]
    world.run()
    told_before = list(world.event_names)

    accepted(retry(world, operation_id))
    world.run()

    assert told_before in ([], ["SITE_CREATION_FAILED"])
    assert world.event_names == ["SITE_CREATION_FAILED", "SITE_CREATION_COMPLETE"]
