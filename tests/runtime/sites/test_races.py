"""Requests for sites at the same time: real threads on one table, and the worst moment each time, just before a commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from threading import Barrier, Thread
from typing import Any

import pytest

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.operations import handlers as operation_handlers
from runtime.ports import Ports
from runtime.sites import handlers
from tests.runtime.fakes import Answer
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    STAFF,
    accepted,
    break_jobs,
    cancel,
    carried_out,
    delete,
    outcome,
    restore,
    retry,
    set_tenant,
    site_deleted_softly,
    update,
)
from tests.runtime.stories import answer_in_thread

ROUNDS = 30
Request = tuple[Endpoint, dict[str, Any]]


def at_once(ports: Ports, *requests: Request) -> list[tuple[int, Mapping[str, Any]]]:
    """Answer requests in threads that start together; the answers in the order of the requests."""
    answers: dict[int, tuple[int, Mapping[str, Any]]] = {}
    start = Barrier(len(requests))

    def run(number: int, endpoint: Endpoint, event: dict[str, Any]) -> None:
        start.wait()
        answers[number] = answer_in_thread(endpoint, ports, **event)

    threads = [Thread(target=run, args=(number, *request)) for number, request in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(requests))]


def creating(subdomain: str, *, tenant: str = "acme") -> Request:
    body = {"siteName": "Shop", "subdomain": subdomain, "environment": "DEV"}
    return handlers.create, {"parameters": {"tenantId": tenant}, "body": body, "caller": STAFF}


def codes(answers: list[tuple[int, Mapping[str, Any]]]) -> Counter[str]:
    return Counter(document.get("code", "accepted") for _, document in answers)


def test_of_twenty_creates_with_one_subdomain_one_wins_across_tenants() -> None:
    for _ in range(5):
        world = OperationWorld()

        answers = at_once(world, *(creating("shop", tenant=tenant) for tenant in ("acme", "globex") * 10))

        assert codes(answers) == {"accepted": 1, "SITE_003": 19}
        assert len(world.table.of_type("SITE")) == len(world.table.of_type("SUBDOMAIN")) == 1
        assert world.count("QUOTA#DEV") + world.count("QUOTA#DEV", tenant="globex") == 1
        assert world.count("UNFINISHED") + world.count("UNFINISHED", tenant="globex") == 1


def test_the_quota_is_never_exceeded() -> None:
    for _ in range(5):
        world = OperationWorld()
        set_tenant(world, tier="BASIC")

        answers = at_once(world, *(creating(f"shop-{number}") for number in range(12)))

        assert codes(answers) == {"accepted": 5, "SITE_004": 7}
        assert {document["currentSites"] for status, document in answers if status == 422} == {5}
        assert world.count("QUOTA#DEV") == len(world.table.of_type("SITE")) == 5


def test_unfinished_operations_never_exceed_their_bound() -> None:
    world = OperationWorld()
    set_tenant(world, tier="ENTERPRISE")

    answers = at_once(world, *(creating(f"shop-{number}") for number in range(30)))

    assert codes(answers) == {"accepted": 20, "RATE_LIMITED": 10}
    assert world.count("UNFINISHED") == len(world.table.of_type("OPERATION")) == 20


def test_of_two_changes_of_one_site_one_wins_and_the_other_waits() -> None:
    for _ in range(ROUNDS):
        world = OperationWorld()
        site_id = site_made(world)
        item = {"parameters": {"tenantId": "acme", "siteId": site_id}}

        answers = at_once(world, (handlers.update, item | {"body": {"siteName": "Other"}}), (handlers.delete, item))

        assert codes(answers) == {"accepted": 1, "OPERATION_IN_PROGRESS": 1}
        (won,) = (document for status, document in answers if status == 202)
        (lost,) = (document for status, document in answers if status == 409)
        assert lost["_links"]["blockedBy"]["href"] == won["_links"]["self"]["href"]
        assert world.count("UNFINISHED") == 1


def test_two_creates_with_one_key_are_one_creation_and_one_answer() -> None:
    for _ in range(ROUNDS):
        world = OperationWorld()
        endpoint, event = creating("shop")
        keyed = endpoint, event | {"headers": {"Idempotency-Key": "k"}}

        answers = at_once(world, keyed, keyed)

        assert answers[0] == answers[1]
        assert answers[0][0] == 202
        assert len(world.table.of_type("SITE")) == 1


def test_two_cancels_end_an_operation_once() -> None:
    for _ in range(ROUNDS):
        world = OperationWorld()
        event = {"parameters": {"operationId": create_site(world).json["operationId"]}}

        answers = at_once(world, (operation_handlers.cancel, event), (operation_handlers.cancel, event))

        assert sorted(status for status, _ in answers) == [200, 422]
        assert world.count("UNFINISHED") == 0


def test_two_retries_try_an_operation_again_once() -> None:
    for _ in range(ROUNDS):
        world = OperationWorld()
        break_jobs(world)
        operation_id = carried_out(world, create_site(world))
        event = {"parameters": {"operationId": operation_id}}

        answers = at_once(world, (operation_handlers.retry, event), (operation_handlers.retry, event))

        assert codes(answers) in ({"accepted": 1, "INVALID_STATE": 1}, {"accepted": 1, "OPERATION_IN_PROGRESS": 1})
        assert (world.count("UNFINISHED"), world.operation(operation_id).run) == (1, 2)


def test_a_cancel_that_the_claim_overtakes_is_refused() -> None:
    world = OperationWorld()
    operation_id = accepted(create_site(world))
    world.dispatch()
    world.maintenance.looks = 99

    def claim() -> None:
        world.consume("creation")

    world.table.before_commit = claim

    assert outcome(cancel(world, operation_id)) == "INVALID_STATE"
    assert world.operation(operation_id).status == "IN_PROGRESS"


def test_a_claim_that_the_cancel_overtakes_does_nothing() -> None:
    world = OperationWorld()
    operation_id = accepted(create_site(world))
    world.dispatch()
    cancelled: list[Answer] = []
    world.table.before_commit = lambda: cancelled.append(cancel(world, operation_id))

    world.run()

    assert cancelled[0].status == 200
    assert world.operation(operation_id).status == "CANCELLED"
    assert not world.wordpress.effects
    assert not world.dead_letters


@pytest.mark.parametrize("second", ["retry", "update"])
def test_a_failed_operation_and_another_change_are_never_both_at_work(second: str) -> None:
    world = OperationWorld()
    site_id = site_made(world)
    break_jobs(world)
    operation_id = carried_out(world, update(world, site_id, status="SUSPENDED"))
    actions: dict[str, Callable[[], Answer]] = {
        "retry": lambda: retry(world, operation_id),
        "update": lambda: update(world, site_id, siteName="Other"),
    }
    overtaking: list[Answer] = []
    world.table.before_commit = lambda: overtaking.append(actions.pop(second)())
    (first,) = (action for name, action in actions.items() if name != second)

    answer = first()

    assert (overtaking[0].status, outcome(answer)) == (202, "OPERATION_IN_PROGRESS")
    assert world.count("UNFINISHED") == 1


def test_a_restore_and_the_purge_are_never_both_at_work() -> None:
    world = OperationWorld()
    site_id = site_deleted_softly(world)
    world.move(days=30, seconds=-1)
    now = world.clock

    def purge() -> None:
        world.move(seconds=1)
        world.sweep()
        world.clock = now

    world.table.before_commit = purge

    assert outcome(restore(world, site_id)) == "OPERATION_IN_PROGRESS"
    world.run()
    assert world.site(site_id).status == "DELETED"


def test_the_subdomain_of_a_site_that_goes_is_free_for_one() -> None:
    world = OperationWorld()
    site_id = site_made(world, body={"subdomain": "shop"})
    carried_out(world, delete(world, site_id, "hard=true&confirm=Shop 1"))

    answers = at_once(world, *(creating("shop") for _ in range(8)))

    assert codes(answers) == {"accepted": 1, "SITE_003": 7}
