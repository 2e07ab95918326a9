"""Secrets renewed as operators ask for it, and what holds of all that only operators can ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runtime.operations.domain import OperationStatus
from runtime.wordpress.port import Job, Visit, WordPressFault
from tests.runtime.operations.wordpress import failed
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.sites.asking import (
    STAFF,
    carried_out,
    delete,
    get,
    get_operation,
    listed_operations,
    outcome,
    recover,
    refusal_of,
    renew,
    restore,
    set_tenant,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_suspended,
    steps_of,
    update,
)

BROKEN = Visit(status=500, seconds=0.1)
Asking = Callable[[OperationWorld, str], str]


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


def test_a_site_gets_other_secrets_and_is_asked_whether_it_still_answers(world: OperationWorld) -> None:
    site_id = site_made(world)
    before = world.site(site_id)

    operation_id = renew(world, site_id)
    world.run()

    operation, site = world.operation(operation_id), world.site(site_id)
    assert (operation.operation_type, steps_of(operation)) == (
        "SITE_UPDATE",
        [("renew", "COMPLETED"), ("verify", "COMPLETED")],
    )
    assert (world.wordpress.installed[site_id].renewals, world.agent.calls["facts"]) == (1, 2)
    assert (site.status, site.site_name, site.active_operation) == (before.status, before.site_name, None)


@pytest.mark.parametrize("salts", [False, True])
@pytest.mark.parametrize("forget_former", [False, True])
def test_what_signs_people_out_or_locks_the_former_key_out_is_done_when_it_is_asked_for(
    world: OperationWorld, salts: bool, forget_former: bool
) -> None:
    site_id = site_made(world)
    jobs: list[Job] = []
    start = world.maintenance.start
    world.maintenance.start = lambda job: jobs.append(job) or start(job)  # type: ignore[func-returns-value, method-assign]

    renew(world, site_id, salts=salts, forget_former=forget_former)
    world.run()

    words = {False: "no", True: "yes"}
    assert [(job.command, job.options) for job in jobs] == [
        ("renew", {"salts": words[salts], "forget-former": words[forget_former]})
    ]


def test_a_site_whose_pages_are_broken_is_renewed_all_the_same(world: OperationWorld) -> None:
    site_id = site_made(world)
    world.agent.visits["/"] = BROKEN

    operation_id = renew(world, site_id)
    world.run()

    assert world.operation(operation_id).status == "COMPLETED"


def test_a_site_that_takes_our_calls_no_more_fails_it(world: OperationWorld) -> None:
    site_id = site_made(world)
    world.agent.down = WordPressFault("The site refused the platform's call.")

    operation_id = renew(world, site_id)
    world.run()

    operation = world.operation(operation_id)
    assert operation.error
    assert (operation.status, operation.error.detail) == ("FAILED", "The site refused the platform's call.")


def test_a_site_that_does_not_reach_its_database_fails_it(world: OperationWorld) -> None:
    site_id = site_made(world)
    facts = world.agent.facts
    world.agent.facts = lambda site: replace(facts(site), database_ok=False)  # type: ignore[method-assign]

    operation_id = renew(world, site_id)
    world.run()

    assert world.operation(operation_id).status == OperationStatus.FAILED


@pytest.mark.parametrize(
    ("making", "status", "code"),
    [
        (site_made, "ACTIVE", None),
        (site_suspended, "SUSPENDED", None),
        (site_deleted_softly, "DEPROVISIONING", None),
        (site_failed, "FAILED", "SITE_005"),
        (site_deleted_for_good, "DELETED", "SITE_005"),
    ],
)
def test_whatever_has_secrets_is_renewed_and_stays_what_it_is(
    world: OperationWorld, making: Any, status: str, code: str | None
) -> None:
    site_id = making(world)

    assert refusal_of(renew, world, site_id) == code
    world.run()

    assert world.site(site_id).status == status


def test_a_softly_deleted_site_can_be_restored_after_it_was_renewed(world: OperationWorld) -> None:
    site_id = site_deleted_softly(world)
    until = world.site(site_id).restorable_until
    renew(world, site_id)
    world.run()

    renewed = world.site(site_id)
    carried_out(world, restore(world, site_id))

    assert (renewed.restorable_until, len(world.table.of_type("PURGE"))) == (until, 0)
    assert world.site(site_id).status == "ACTIVE"


def test_a_site_whose_deletion_did_not_come_to_its_end_has_nothing_to_renew(world: OperationWorld) -> None:
    site_id = site_made(world)
    world.maintenance.faults = [failed()] * 3
    carried_out(world, delete(world, site_id))

    assert refusal_of(renew, world, site_id) == "SITE_005"


@pytest.fixture(params=["recover", "renew"])
def asking(request: pytest.FixtureRequest) -> Asking:
    """Each of what only operators can ask for."""
    return {"recover": lambda world, site_id: recover(world, site_id, "op-1"), "renew": renew}[request.param]


def test_the_site_is_locked_for_everybody_else(world: OperationWorld, asking: Asking) -> None:
    site_id = site_made(world)

    operation_id = asking(world, site_id)

    refused_to = update(world, site_id, siteName="Another name")
    assert outcome(refused_to) == "OPERATION_IN_PROGRESS"
    assert refused_to.json["_links"]["blockedBy"]["href"] == f"/operations/{operation_id}"
    assert refusal_of(asking, world, site_id) == "OPERATION_IN_PROGRESS"


def test_a_tenant_that_is_not_active_is_left_alone(world: OperationWorld, asking: Asking) -> None:
    site_id = site_made(world)
    set_tenant(world, status="SUSPENDED")

    assert refusal_of(asking, world, site_id) == "TENANT_NOT_ACTIVE"


def test_a_tenant_has_twenty_unfinished_operations_whoever_asked_for_them(world: OperationWorld, asking: Asking) -> None:
    sites = [site_made(world) for _ in range(2)]
    key = next(key for key in world.table.rows if key.sk == "UNFINISHED")
    world.table.rows[key]["unfinished"] = 19

    assert [refusal_of(asking, world, site_id) for site_id in sites] == [None, "RATE_LIMITED"]


def test_customers_see_it_in_their_list_and_not_which_person_it_was(world: OperationWorld, asking: Asking) -> None:
    site_id = site_made(world)
    operation_id = asking(world, site_id)

    (found, *_) = listed_operations(world).json["_embedded"]["operations"]
    text = get_operation(world, operation_id).text

    assert (found["operationId"], found["createdBy"]) == (operation_id, "staff")
    assert world.operation(operation_id).input["operator"] == "an operator"
    assert "an operator" not in text


def test_no_document_offers_it(world: OperationWorld, asking: Asking) -> None:
    site = get(world, site_made(world), caller=STAFF).json

    assert {"recover", "renew"} & {*site["_links"], *site.get("_unavailable", {})} == set()
