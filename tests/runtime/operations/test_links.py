"""Links tell the truth: cancel and retry are linked exactly when this caller may do it now, and say why when not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.runtime.fakes import claims
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    ADMIN,
    COLLEAGUE,
    STAFF,
    USER,
    VIEWER,
    a_copy,
    accepted,
    break_jobs,
    cancel,
    delete,
    delete_for_good,
    get_operation,
    listed_operations,
    outcome,
    restore,
    retry,
    set_tenant,
    site_deleted_softly,
    update,
)

FORMS = {"Accept": "application/prs.hal-forms+json"}
BY_USER: dict[str, Any] = {"caller": USER}
CALLERS = {
    "ADMIN": ADMIN,
    "STAFF": STAFF,
    "USER who started it": USER,
    "VIEWER who started it as USER": claims(email="user@acme.test", groups="VIEWER"),
    "another OPERATOR": COLLEAGUE,
    "VIEWER": VIEWER,
}
Asking = Callable[[OperationWorld], str]
"""Asks for an operation; its id."""


def creation(world: OperationWorld) -> str:
    return accepted(create_site(world, **BY_USER))


def change(world: OperationWorld) -> str:
    return accepted(update(world, site_made(world, **BY_USER), status="SUSPENDED", options=BY_USER))


def deletion(world: OperationWorld) -> str:
    return accepted(delete(world, site_made(world, **BY_USER), **BY_USER))


def deletion_for_good(world: OperationWorld) -> str:
    return accepted(delete_for_good(world, site_made(world, **BY_USER), **BY_USER))


def restoring(world: OperationWorld) -> str:
    return accepted(restore(world, site_deleted_softly(world, **BY_USER), **BY_USER))


KINDS: dict[str, Asking] = {
    "creation": creation,
    "change": change,
    "deletion": deletion,
    "deletion for good": deletion_for_good,
    "restore": restoring,
}


def claim(world: OperationWorld, operation_id: str) -> None:
    world.maintenance.looks = 99
    world.dispatch()
    for queue in world.lines:
        world.consume(queue)


def let_fail(world: OperationWorld, operation_id: str, *, for_good: bool = False) -> None:
    break_jobs(world, for_good=for_good)
    world.run()


def let_fail_and_make_busy(world: OperationWorld, operation_id: str) -> None:
    let_fail(world, operation_id)
    site_id = world.operation(operation_id).site_id
    for ask in (delete, restore):
        ask(world, site_id)


def let_fail_and_change_the_site(world: OperationWorld, operation_id: str) -> None:
    let_fail(world, operation_id)
    site_id = world.operation(operation_id).site_id
    for ask in (restore, delete_for_good):
        ask(world, site_id)
        world.run()


def let_fail_and_try_again(world: OperationWorld, operation_id: str) -> None:
    let_fail(world, operation_id)
    accepted(retry(world, operation_id))


STAGES: dict[str, tuple[Callable[[OperationWorld, str], Any], str]] = {
    "pending": (lambda world, operation_id: None, "PENDING"),
    "at work": (claim, "IN_PROGRESS"),
    "completed": (lambda world, operation_id: world.run(), "COMPLETED"),
    "called off": (lambda world, operation_id: cancel(world, operation_id), "CANCELLED"),
    "failed": (let_fail, "FAILED"),
    "failed for good": (lambda world, operation_id: let_fail(world, operation_id, for_good=True), "FAILED"),
    "failed, the site busy since": (let_fail_and_make_busy, "FAILED"),
    "failed, the site changed since": (let_fail_and_change_the_site, "FAILED"),
    "failed and tried again": (let_fail_and_try_again, "PENDING"),
}
ACTIONS = {"cancel": cancel, "retry": retry}


@pytest.mark.parametrize("tenant_status", ["ACTIVE", "SUSPENDED"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_action_is_linked_exactly_when_its_call_is_accepted(kind: str, stage: str, tenant_status: str) -> None:
    world = OperationWorld()
    operation_id = KINDS[kind](world)
    STAGES[stage][0](world, operation_id)
    set_tenant(world, status=tenant_status)

    for who, caller in CALLERS.items():
        document = get_operation(world, operation_id, caller=caller).json
        items = listed_operations(world, "tenantId=acme", caller=caller).json["_embedded"]["operations"]
        assert document["status"] == STAGES[stage][1]
        assert document in items
        for relation, act in ACTIONS.items():
            code = outcome(act(a_copy(world), operation_id, caller=caller))
            hindered = document.get("_unavailable", {}).get(relation, {}).get("code")
            assert (relation in document["_links"]) == (code is None), (who, relation, code)
            assert hindered == (None if code == "FORBIDDEN" else code), (who, relation, code)


def test_forms_stand_for_exactly_the_linked_actions() -> None:
    world = OperationWorld()
    failed = change(world)
    let_fail(world, failed)
    pending = creation(world)

    answers = [get_operation(world, operation_id, headers=FORMS).json for operation_id in (pending, failed)]

    assert [set(answer["_templates"]) for answer in answers] == [{"cancel"}, {"retry"}]
    (form,) = answers[1]["_templates"].values()
    assert (form["target"], form["method"], form["properties"]) == (f"/operations/{failed}/retry", "POST", [])


def test_who_waits_for_another_operation_is_told_for_which() -> None:
    world = OperationWorld()
    operation_id = change(world)
    let_fail(world, operation_id)
    at_work = accepted(delete(world, world.operation(operation_id).site_id))

    document = get_operation(world, operation_id).json

    assert document["_unavailable"]["retry"]["blockedBy"] == {"href": f"/operations/{at_work}"}


def test_an_operation_links_to_its_site() -> None:
    world = OperationWorld()
    document = get_operation(world, creation(world)).json

    assert document["_links"]["resource"]["href"] == f"/tenants/acme/sites/{document['siteId']}"
