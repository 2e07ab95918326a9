"""What tests ask of sites and of operations, one line each, and the callers who ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from runtime.hateoas_endpoint.problem import BusinessException
from runtime.operations import handlers as operation_handlers
from runtime.operations.domain import Operation
from runtime.sites import handlers, staff
from runtime.table.unit import Unit
from tests.runtime.fakes import Answer, FakePorts, InMemoryTable, call, claims
from tests.runtime.operations.wordpress import failed, refused
from tests.runtime.operations.world import OperationWorld, create_site, on_site, site_made
from tests.runtime.stories import problem

ADMIN = claims()
USER = claims(email="user@acme.test", groups="USER")
COLLEAGUE = claims(email="colleague@acme.test", groups="OPERATOR")
VIEWER = claims(email="viewer@acme.test", groups="VIEWER")
STAFF = claims(email="staff@bbws.test", groups="STAFF", tenant_ids="")

NOTHING = "01a207bd-e552-7000-8000-0000000000ff"
"""The end of an id that nothing has."""


def get(world: FakePorts, site_id: str, **options: Any) -> Answer:
    return on_site(handlers.get, world, site_id, **options)


def listed(world: FakePorts, query: str = "", *, tenant: str = "acme", **options: Any) -> Answer:
    return call(handlers.list_sites, world, parameters={"tenantId": tenant}, query=query, **options)


def update(world: FakePorts, site_id: str, *, options: dict[str, Any] | None = None, **body: Any) -> Answer:
    return on_site(handlers.update, world, site_id, body=body, **(options or {}))


def delete(world: FakePorts, site_id: str, query: str = "", **options: Any) -> Answer:
    return on_site(handlers.delete, world, site_id, query=query, **options)


def delete_for_good(world: FakePorts, site_id: str, *, tenant: str = "acme", **options: Any) -> Answer:
    """Delete with the site's own name as consent."""
    name = world.table.rows[next(key for key in world.table.rows if key.sk == f"SITE#{site_id}")]["siteName"]
    return delete(world, site_id, "hard=true", body={"confirm": name}, tenant=tenant, **options)


def restore(world: FakePorts, site_id: str, **options: Any) -> Answer:
    return on_site(handlers.restore, world, site_id, **options)


def clone(
    world: FakePorts, site_id: str, *, subdomain: str = "copy", options: dict[str, Any] | None = None, **body: Any
) -> Answer:
    return on_site(
        handlers.clone, world, site_id, body={"siteName": "The copy", "subdomain": subdomain, **body}, **(options or {})
    )


def promote(world: FakePorts, site_id: str, to: str = "SIT", *, options: dict[str, Any] | None = None, **body: Any) -> Answer:
    return on_site(handlers.promote, world, site_id, body={"targetEnvironment": to, **body}, **(options or {}))


def recover(world: FakePorts, site_id: str, backup_id: str, *, keeping_present: bool = True) -> str:
    """Put a site back to a backup, as an operator asks for it; the operation's id."""

    def accept(unit: Unit, now: datetime) -> Operation:
        return staff.recover(
            unit, world, tenant_id="acme", site_id=site_id, backup_id=backup_id, keeping_present=keeping_present,
            operator="an operator", now=now,
        )  # fmt: skip

    return _asked_by_staff(world, accept)


def renew(world: FakePorts, site_id: str, *, salts: bool = False, forget_former: bool = False) -> str:
    """Renew a site's secrets, as an operator asks for it; the operation's id."""

    def accept(unit: Unit, now: datetime) -> Operation:
        return staff.renew(
            unit, world, tenant_id="acme", site_id=site_id, salts=salts, forget_former=forget_former, operator="an operator",
            now=now,
        )  # fmt: skip

    return _asked_by_staff(world, accept)


def _asked_by_staff(world: FakePorts, accept: Callable[[Unit, datetime], Operation]) -> str:
    unit = Unit(world.table)
    operation = accept(unit, world.now())
    unit.commit()
    return operation.operation_id


def steps_of(operation: Operation) -> list[tuple[str, str]]:
    """The names of an operation's steps, and how far each has come."""
    return [(step.name, step.status.value) for step in operation.steps]


def refusal_of(asking: Callable[..., object], *arguments: Any) -> str | None:
    """The code of what refuses it, None where nothing does."""
    try:
        asking(*arguments)
    except BusinessException as refusal:
        return refusal.code.name
    return None


def on_operation(endpoint: Any, world: FakePorts, operation_id: str, **options: Any) -> Answer:
    return call(endpoint, world, parameters={"operationId": operation_id}, **options)


def get_operation(world: FakePorts, operation_id: str, **options: Any) -> Answer:
    return on_operation(operation_handlers.get, world, operation_id, **options)


def listed_operations(world: FakePorts, query: str = "", **options: Any) -> Answer:
    return call(operation_handlers.list_operations, world, query=query, **options)


def cancel(world: FakePorts, operation_id: str, **options: Any) -> Answer:
    return on_operation(operation_handlers.cancel, world, operation_id, **options)


def retry(world: FakePorts, operation_id: str, **options: Any) -> Answer:
    return on_operation(operation_handlers.retry, world, operation_id, **options)


def outcome(answer: Answer) -> str | None:
    """The code of a refusal, None for a success."""
    return None if answer.status < 300 else problem(answer)[1]


def accepted(answer: Answer) -> str:
    """The id of the operation that an answer accepts."""
    assert answer.status == 202, answer.text
    operation_id: str = answer.json["operationId"]
    return operation_id


def carried_out(world: OperationWorld, answer: Answer) -> str:
    """Let what an answer accepts come to its end; the operation's id."""
    operation_id = accepted(answer)
    world.run()
    return operation_id


def break_jobs(world: OperationWorld, *, for_good: bool = False) -> None:
    """Let the next operation's job fail: for good, or as often as it is attempted."""
    world.maintenance.faults = [refused()] if for_good else [failed()] * 3


def site_failed(world: OperationWorld, *, for_good: bool = False, **options: Any) -> str:
    """A site whose creation failed; its id."""
    break_jobs(world, for_good=for_good)
    answer = create_site(world, **options)
    carried_out(world, answer)
    site_id: str = answer.json["siteId"]
    assert world.site(site_id).status == "FAILED"
    return site_id


def site_suspended(world: OperationWorld, **options: Any) -> str:
    """A site that was taken offline; its id."""
    site_id = site_made(world, **options)
    carried_out(world, update(world, site_id, status="SUSPENDED"))
    return site_id


def site_deleted_softly(world: OperationWorld, **options: Any) -> str:
    """A site that can be restored for 30 days; its id."""
    site_id = site_made(world, **options)
    carried_out(world, delete(world, site_id))
    return site_id


def site_deleted_for_good(world: OperationWorld, **options: Any) -> str:
    """A site of which only the row is left; its id."""
    site_id = site_made(world, **options)
    carried_out(world, delete_for_good(world, site_id))
    return site_id


def target_of(world: OperationWorld, site_id: str) -> str:
    """The id of the site that a site was promoted to."""
    target = world.site(site_id).promoted_to
    assert target
    return target


def site_promoted(world: OperationWorld, **options: Any) -> str:
    """A site of DEV that was promoted to SIT; its id."""
    site_id = site_made(world, **options)
    carried_out(world, promote(world, site_id))
    assert world.site(target_of(world, site_id)).status == "ACTIVE"
    return site_id


def write(world: OperationWorld, site_id: str, text: str) -> None:
    """Let the customer change a site's content."""
    world.wordpress.installed[site_id].content.text = text


def text_of(world: OperationWorld, site_id: str) -> str:
    """What visitors of a site read."""
    return world.wordpress.installed[site_id].content.text


def a_copy(world: FakePorts) -> FakePorts:
    """The same world once more, in which something may be tried."""
    return FakePorts(InMemoryTable(*world.table.rows.values()), clock=world.clock, drawn=world.drawn + 1000)


def set_tenant(world: FakePorts, tenant: str = "acme", **attributes: Any) -> None:
    """Let a tenant be otherwise; an attribute given as None is left out."""
    (key,) = (key for key in world.table.rows if (key.pk, key.sk) == (f"TENANT#{tenant}", "TENANT"))
    row = world.table.rows[key] | attributes
    world.table.rows[key] = {name: value for name, value in row.items() if value is not None}
