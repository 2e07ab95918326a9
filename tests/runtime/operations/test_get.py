"""Reading one operation: what its document shows, who may read it, and waiting for its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from runtime.operations import handlers
from tests.runtime.fakes import Answer, claims
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    COLLEAGUE,
    NOTHING,
    STAFF,
    USER,
    VIEWER,
    accepted,
    break_jobs,
    carried_out,
    delete,
    get_operation,
    listed_operations,
    on_operation,
    restore,
    set_tenant,
    update,
)
from tests.runtime.stories import problem

SHOWN = {
    "operationId",
    "tenantId",
    "siteId",
    "operationType",
    "status",
    "progress",
    "message",
    "steps",
    "attempts",
    "createdAt",
    "createdBy",
    "correlationId",
    "_links",
    "_unavailable",
}


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def claimed(world: OperationWorld) -> str:
    """An operation that a worker is at; its id."""
    world.maintenance.looks = 99
    operation_id = accepted(create_site(world))
    world.dispatch()
    world.consume("creation")
    return operation_id


def test_an_operation_is_readable_the_instant_it_is_accepted(world: OperationWorld) -> None:
    answer = create_site(world)

    read = get_operation(world, accepted(answer))

    assert (read.status, read.json, read.headers["ETag"]) == (200, answer.json, answer.headers["ETag"])
    assert set(read.json) == SHOWN


def test_an_operation_at_work_shows_its_steps_and_asks_to_be_looked_at_again(world: OperationWorld) -> None:
    answer = get_operation(world, claimed(world))

    first, second = answer.json["steps"]
    assert answer.headers["Retry-After"] == "2"
    assert (answer.json["status"], answer.json["message"]) == ("IN_PROGRESS", "At work: install.")
    assert first == {"name": "install", "status": "IN_PROGRESS", "startedAt": "2026-11-23T09:30:15.250Z", "attempts": 1}
    assert second == {"name": "verify", "status": "PENDING", "attempts": 0}
    assert set(answer.json) == SHOWN | {"startedAt"}


def test_a_completed_operation_is_at_a_hundred_and_asks_for_nothing_more(world: OperationWorld) -> None:
    operation_id = carried_out(world, create_site(world))

    answer = get_operation(world, operation_id)

    assert "Retry-After" not in answer.headers
    assert (answer.json["status"], answer.json["progress"], answer.json["message"]) == ("COMPLETED", 100, "Done.")
    assert [(step["status"], "endedAt" in step) for step in answer.json["steps"]] == [("COMPLETED", True)] * 2
    assert set(answer.json) == SHOWN | {"startedAt", "completedAt"}


@pytest.mark.parametrize("for_good", [True, False])
def test_a_failed_operation_is_a_200_that_says_why_and_whether_trying_again_helps(
    world: OperationWorld, for_good: bool
) -> None:
    break_jobs(world, for_good=for_good)
    operation_id = carried_out(world, create_site(world))

    answer = get_operation(world, operation_id)

    detail = "There is no plugin of this name." if for_good else "The database is not there."
    assert (answer.status, answer.json["status"], answer.json["message"]) == (200, "FAILED", detail)
    assert answer.json["error"] == {"code": "WP_001", "detail": detail, "retryable": not for_good}
    assert answer.json["attempts"] == (1 if for_good else 3)
    assert "Retry-After" not in answer.headers
    assert set(answer.json) == SHOWN | {"startedAt", "completedAt", "error"}


def test_no_document_shows_what_an_operation_works_from_or_who_holds_it(world: OperationWorld) -> None:
    world.maintenance.looks = 2
    site_id = site_made(world)
    documents = []
    changes: list[Callable[[], Answer]] = [
        lambda: update(world, site_id, siteName="Other"),
        lambda: delete(world, site_id),
        lambda: restore(world, site_id),
    ]
    for ask in changes:
        operation_id = accepted(ask())
        world.dispatch()
        for _ in range(3):
            for queue in world.lines:
                world.consume(queue)
            documents.append(get_operation(world, operation_id).text)
        world.run()
        documents.append(get_operation(world, operation_id).text)
    documents.append(listed_operations(world).text)

    hidden = ["input", "output", "fence", "leasedUntil", "resumeAt", "dueAt", "jobHandle", "handle/", "pastJobs", '"run"']
    hidden += [
        "jobLog",
        "log of",
        "jobStartedAt",
        "adminEmail",
        '"admin@acme.test"',
        "PK",
        "GSI",
        "ttl",
        "decidedVersion",
        "wordpressVersion",
    ]
    assert not [word for word in hidden for document in documents if word in document]


@pytest.mark.parametrize("caller", [claims(), STAFF, USER, COLLEAGUE, VIEWER])
def test_every_role_of_its_tenant_reads_an_operation(world: OperationWorld, caller: dict[str, str]) -> None:
    operation_id = accepted(create_site(world))

    assert get_operation(world, operation_id, caller=caller).status == 200


OTHERS = {
    "of another tenant": claims(email="g@globex.test", tenant_ids="globex"),
    "of no tenant": claims(email="n@x.test", groups="", tenant_ids=""),
    "of no role in it": claims(groups=""),
    "who invites themselves": claims(tenant_ids="globex", **{"custom:tenantRoles": "acme:ADMIN"}),
}


@pytest.mark.parametrize("caller", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("endpoint", [handlers.get, handlers.cancel, handlers.retry], ids=lambda e: e.route.name)
def test_an_operation_of_another_tenant_and_one_that_is_none_are_not_found_alike(
    world: OperationWorld, endpoint: Any, caller: dict[str, str]
) -> None:
    operation_id = accepted(create_site(world))

    foreign = on_operation(endpoint, world, operation_id, caller=caller)
    missing = on_operation(endpoint, world, f"op-{NOTHING}", caller=caller)

    assert problem(foreign) == problem(missing) == (404, "OP_001")
    assert foreign.json | {"instance": ""} == missing.json | {"instance": ""}
    assert world.operation(operation_id).status == "PENDING"


@pytest.mark.parametrize("operation_id", [f"op-{NOTHING}", "x", "#", "ü", "x" * 3000])
def test_an_operation_that_does_not_exist_is_not_found(world: OperationWorld, operation_id: str) -> None:
    assert problem(get_operation(world, operation_id)) == (404, "OP_001")


def test_what_the_caller_has_already_is_not_sent_again(world: OperationWorld) -> None:
    operation_id = accepted(create_site(world))
    tag = get_operation(world, operation_id).headers["ETag"]
    same = get_operation(world, operation_id, headers={"If-None-Match": tag})
    world.run()

    moved = get_operation(world, operation_id, headers={"If-None-Match": tag})

    assert (same.status, same.text, same.headers["ETag"]) == (304, "", tag)
    assert (moved.status, moved.json["status"]) == (200, "COMPLETED")


@dataclass
class PatientWorld(OperationWorld):
    """A world in which time passes while somebody waits, and everything comes to its end after so many seconds."""

    ends_after: float = 3600

    def pause(self, seconds: float) -> None:
        self.move(seconds=seconds)
        self.waited = getattr(self, "waited", 0.0) + seconds
        if self.waited >= self.ends_after:
            self.ends_after = 3600
            self.run()


def test_whoever_waits_is_answered_as_soon_as_the_operation_has_ended() -> None:
    world = PatientWorld(ends_after=3)
    operation_id = accepted(create_site(world))

    answer = get_operation(world, operation_id, query="wait=20")

    assert (answer.json["status"], world.waited) == ("COMPLETED", 3)
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("seconds", [1, 20])
def test_whoever_waits_in_vain_is_told_to_come_back(seconds: int) -> None:
    world = PatientWorld()
    operation_id = accepted(create_site(world))

    answer = get_operation(world, operation_id, query=f"wait={seconds}")

    assert (answer.json["status"], answer.headers["Retry-After"], world.waited) == ("PENDING", "2", seconds)


@pytest.mark.parametrize("query", ["", "wait=0"])
def test_nobody_waits_unasked(world: OperationWorld, query: str) -> None:
    get_operation(world, accepted(create_site(world)), query=query)

    assert world.table.calls["get"] == 2, "one read to accept it, one to give it"


def test_nobody_waits_for_what_has_ended() -> None:
    world = PatientWorld()
    operation_id = carried_out(world, create_site(world))

    get_operation(world, operation_id, query="wait=20")

    assert not hasattr(world, "waited")


def test_who_waits_with_the_present_version_gets_the_end_or_nothing() -> None:
    world = PatientWorld(ends_after=2)
    operation_id = accepted(create_site(world))
    known = {"If-None-Match": '"v1"'}

    ended = get_operation(world, operation_id, query="wait=5", headers=known)
    other = accepted(create_site(world))
    in_vain = get_operation(world, other, query="wait=5", headers=known)

    assert (ended.status, in_vain.status) == (200, 304)


@pytest.mark.parametrize("query", ["wait=21", "wait=-1", "wait=1.5", "wait=", "wait=soon", "expand=site"])
def test_a_wait_is_from_0_to_20_whole_seconds(world: OperationWorld, query: str) -> None:
    assert problem(get_operation(world, accepted(create_site(world)), query=query)) == (400, "VALIDATION_ERROR")


def test_a_tenant_that_is_not_active_still_answers_reads(world: OperationWorld) -> None:
    operation_id = accepted(create_site(world))
    set_tenant(world, status="CLOSED")

    assert (get_operation(world, operation_id).status, listed_operations(world).status) == (200, 200)
