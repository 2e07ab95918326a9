"""Links tell the truth: each action of a site is linked exactly when this caller may do it now, and says why when not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.portal import handlers as portal_handlers
from runtime.sites import handlers
from runtime.sites.domain import NEXT_ENVIRONMENT
from tests.runtime.fakes import Answer, FakePorts, call, follow
from tests.runtime.operations.world import OperationWorld, create_site, on_site, site_made
from tests.runtime.sites.asking import (
    ADMIN,
    COLLEAGUE,
    STAFF,
    USER,
    VIEWER,
    a_copy,
    accepted,
    break_jobs,
    carried_out,
    clone,
    delete,
    delete_for_good,
    get,
    listed,
    outcome,
    promote,
    restore,
    retry,
    set_tenant,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_promoted,
    site_suspended,
    target_of,
    update,
)

FORMS = {"Accept": "application/prs.hal-forms+json"}
CALLERS = {"ADMIN": ADMIN, "STAFF": STAFF, "USER who made it": USER, "another OPERATOR": COLLEAGUE, "VIEWER": VIEWER}
Making = Callable[[OperationWorld, dict[str, Any]], str]


def being_made(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id: str = create_site(world, **how).json["siteId"]
    return site_id


def on_prod(world: OperationWorld, how: dict[str, Any]) -> str:
    return site_made(world, body={"environment": "PROD"})


def being_changed(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_made(world, **how)
    accepted(update(world, site_id, siteName="Other"))
    return site_id


def suspended_and_being_changed(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_suspended(world, **how)
    accepted(update(world, site_id, status="ACTIVE"))
    return site_id


def change_failed(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_made(world, **how)
    break_jobs(world)
    carried_out(world, update(world, site_id, status="SUSPENDED"))
    return site_id


def being_made_again(world: OperationWorld, how: dict[str, Any]) -> str:
    break_jobs(world)
    answer = create_site(world, **how)
    accepted(retry(world, carried_out(world, answer)))
    site_id: str = answer.json["siteId"]
    return site_id


def being_deleted(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_made(world, **how)
    accepted(delete(world, site_id))
    return site_id


def deletion_failed(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_made(world, **how)
    break_jobs(world)
    carried_out(world, delete_for_good(world, site_id))
    return site_id


def failed_and_deleted(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_failed(world, **how)
    carried_out(world, delete(world, site_id))
    return site_id


def no_longer_restorable(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_deleted_softly(world, **how)
    world.move(days=30)
    return site_id


def being_purged(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = no_longer_restorable(world, how)
    world.sweep()
    return site_id


def being_restored(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_deleted_softly(world, **how)
    accepted(restore(world, site_id))
    return site_id


def promoted(world: OperationWorld, how: dict[str, Any]) -> str:
    return site_promoted(world, **how)


def being_promoted(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_made(world, **how)
    accepted(promote(world, site_id))
    return site_id


def with_a_target_that(change: Callable[[OperationWorld, str], object]) -> Making:
    def making(world: OperationWorld, how: dict[str, Any]) -> str:
        site_id = site_promoted(world, **how)
        change(world, target_of(world, site_id))
        return site_id

    return making


def being_copied(world: OperationWorld, how: dict[str, Any]) -> str:
    site_id = site_made(world, **how)
    accepted(clone(world, site_id))
    return site_id


STATES: dict[str, tuple[Making, str, bool]] = {
    "being made": (being_made, "PROVISIONING", True),
    "made": (lambda world, how: site_made(world, **how), "ACTIVE", False),
    "made on PROD": (on_prod, "ACTIVE", False),
    "being changed": (being_changed, "ACTIVE", True),
    "of which a change failed": (change_failed, "ACTIVE", False),
    "suspended": (lambda world, how: site_suspended(world, **how), "SUSPENDED", False),
    "suspended and being changed": (suspended_and_being_changed, "SUSPENDED", True),
    "failed": (lambda world, how: site_failed(world, **how), "FAILED", False),
    "failed and being made again": (being_made_again, "PROVISIONING", True),
    "being deleted": (being_deleted, "DEPROVISIONING", True),
    "of which the deletion failed": (deletion_failed, "DEPROVISIONING", False),
    "deleted, and restorable": (lambda world, how: site_deleted_softly(world, **how), "DEPROVISIONING", False),
    "deleted, and no longer restorable": (no_longer_restorable, "DEPROVISIONING", False),
    "being purged": (being_purged, "DEPROVISIONING", True),
    "failed and deleted": (failed_and_deleted, "DEPROVISIONING", False),
    "being restored": (being_restored, "DEPROVISIONING", True),
    "promoted before": (promoted, "ACTIVE", False),
    "being promoted": (being_promoted, "ACTIVE", True),
    "being copied": (being_copied, "ACTIVE", True),
    "promoted before, the target being changed": (
        with_a_target_that(lambda world, target: accepted(update(world, target, siteName="Other"))),
        "ACTIVE",
        False,
    ),
    "promoted before, the target suspended": (
        with_a_target_that(lambda world, target: carried_out(world, update(world, target, status="SUSPENDED"))),
        "ACTIVE",
        False,
    ),
    "promoted before, the target deleted": (
        with_a_target_that(lambda world, target: carried_out(world, delete(world, target))),
        "ACTIVE",
        False,
    ),
    "promoted before, the target deleted for good": (
        with_a_target_that(lambda world, target: carried_out(world, delete_for_good(world, target))),
        "ACTIVE",
        False,
    ),
    "deleted for good": (lambda world, how: site_deleted_for_good(world, **how), "DELETED", False),
}
"""Every state a site can be in: how it comes to be so, its status then, and whether an operation is at work on it."""

Action = Callable[[FakePorts, str, dict[str, str]], Answer]
ACTIONS: dict[str, Action] = {
    "update": lambda world, site_id, caller: update(world, site_id, siteName="New name", options={"caller": caller}),
    "delete": lambda world, site_id, caller: delete(world, site_id, caller=caller),
    "delete-permanently": lambda world, site_id, caller: delete_for_good(world, site_id, caller=caller),
    "restore": lambda world, site_id, caller: restore(world, site_id, caller=caller),
    "clone": lambda world, site_id, caller: clone(world, site_id, targetEnvironment="DEV", options={"caller": caller}),
    "promote": lambda world, site_id, caller: promote(world, site_id, next_after(world, site_id), options={"caller": caller}),
}


def next_after(world: FakePorts, site_id: str) -> str:
    """The environment that a site is promoted to, and for PROD, PROD."""
    row = world.table.rows[next(key for key in world.table.rows if key.sk == f"SITE#{site_id}")]
    return NEXT_ENVIRONMENT.get(row["environment"], "PROD")


def test_every_status_is_among_the_states_with_and_without_an_operation_at_work() -> None:
    found = {(status, busy) for _, status, busy in STATES.values()}

    free = {"ACTIVE", "SUSPENDED", "FAILED", "DEPROVISIONING", "DELETED"}
    assert found == {(status, False) for status in free} | {
        (status, True) for status in ("PROVISIONING", "ACTIVE", "SUSPENDED", "DEPROVISIONING")
    }


@pytest.mark.parametrize("tenant_status", ["ACTIVE", "SUSPENDED"])
@pytest.mark.parametrize("state", STATES)
def test_an_action_is_linked_exactly_when_its_call_is_accepted(state: str, tenant_status: str) -> None:
    world = OperationWorld()
    making, status, busy = STATES[state]
    site_id = making(world, {"caller": USER})
    set_tenant(world, status=tenant_status)

    for who, caller in CALLERS.items():
        document = get(world, site_id, caller=caller).json
        assert (document["status"], "operation" in document["_links"]) == (status, busy)
        for relation, act in ACTIONS.items():
            code = outcome(act(a_copy(world), site_id, caller))
            hindered = document.get("_unavailable", {}).get(relation, {}).get("code")
            assert (relation in document["_links"]) == (code is None), (who, relation, code)
            assert hindered == (None if code == "FORBIDDEN" else code), (who, relation, code)


@pytest.mark.parametrize("state", STATES)
def test_a_page_and_the_site_itself_show_the_same(state: str) -> None:
    world = OperationWorld()
    site_id = STATES[state][0](world, {"caller": USER})

    for caller in CALLERS.values():
        for query in ("", f"status={STATES[state][1]}"):
            items = {item["siteId"]: item for item in listed(world, query, caller=caller).json["_embedded"]["sites"]}
            assert items[site_id] == get(world, site_id, caller=caller).json


def test_who_waits_for_an_operation_is_told_for_which() -> None:
    world = OperationWorld()
    site_id = being_changed(world, {})
    document = get(world, site_id).json

    blocking = document["_links"]["operation"]["href"]

    assert document["_unavailable"]["update"]["blockedBy"] == {"href": blocking}
    assert delete(world, site_id).json["_links"]["blockedBy"] == {"href": blocking}


@pytest.mark.parametrize("tenant_status", ["ACTIVE", "SUSPENDED", "CLOSED"])
@pytest.mark.parametrize("who", CALLERS)
def test_creating_a_site_is_linked_exactly_when_its_call_is_accepted(who: str, tenant_status: str) -> None:
    world, caller = OperationWorld(), CALLERS[who]
    set_tenant(world, status=tenant_status)
    entry = call(portal_handlers.entry, world, caller=caller, query="pageSize=1").json["_embedded"]["tenants"][0]

    code = outcome(create_site(a_copy(world), caller=caller))

    for document in (entry, listed(world, caller=caller).json):
        assert ("create-site" in document["_links"]) == (code is None)
        hindered = document.get("_unavailable", {}).get("create-site", {}).get("code")
        assert hindered == (None if code == "FORBIDDEN" else code)


def test_following_only_links_and_forms_a_site_is_made_changed_and_deleted_for_good() -> None:
    world = OperationWorld()
    entry = call(portal_handlers.entry, world, headers=FORMS).json["_embedded"]["tenants"][0]
    form = entry["_templates"]["create-site"]
    assert [field["name"] for field in form["properties"]] == ["siteName", "subdomain", "environment", "plugins"]

    operation = create_site(world).json
    site_id = operation["_links"]["resource"]["href"].rsplit("/", 1)[1]
    world.run()
    made = get(world, site_id, headers=FORMS).json["_templates"]
    path, query = follow(made["delete-permanently"]["target"])
    (consent,) = made["delete-permanently"]["properties"]
    gone = on_site(handlers.delete, world, site_id, path=path, query=query, body={consent["name"]: "Shop 1"})
    carried_out(world, gone)

    assert set(made) == {"update", "delete", "delete-permanently", "clone", "promote"}
    assert (consent["name"], consent["required"]) == ("confirm", True)
    assert get(world, site_id).json["status"] == "DELETED"
