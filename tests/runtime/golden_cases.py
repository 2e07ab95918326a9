"""The requests whose whole answers are kept in ``golden/``: each endpoint's success and each code's problem, by name."""

from __future__ import annotations

from typing import Any

from runtime.hateoas_endpoint import cursor
from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.invitations import handlers, routes
from runtime.portal import handlers as portal_handlers
from runtime.table.port import Conflict
from runtime.tenants.domain import TenantStatus
from tests.runtime.fakes import Answer, FakePorts, InMemoryTable, call, claims, tenants
from tests.runtime.golden_health import ENDPOINTS as HEALTH_AND_STATUS
from tests.runtime.golden_plugins import ENDPOINTS as PLUGINS
from tests.runtime.golden_register import PROBLEMS, SUCCESSES, Case, Headers, refused, success
from tests.runtime.golden_sites import ENDPOINTS as SITES_AND_OPERATIONS
from tests.runtime.stories import (
    EMAIL,
    STAFF,
    accept,
    cancel,
    create,
    decline,
    deliver,
    get,
    invited,
    listed,
    mailed_token,
    portal,
    resend,
)

__all__ = ["ENDPOINTS", "PROBLEMS", "SUCCESSES", "BrokenTable", "Case"]


class BrokenTable(InMemoryTable):
    """A table that fails with a message full of what no client may read."""

    def get(self, keys: Any) -> Any:
        raise RuntimeError("arn:aws:dynamodb:eu-west-1:123456789012:table/portal-prod is on fire")

    def query(self, query: Any) -> Any:
        return self.get(())


class ContendedTable(InMemoryTable):
    """A table on which others always win."""

    def commit(self, writes: Any) -> None:
        raise Conflict("TransactionConflict")


@success
def entry(headers: Headers) -> Answer:
    two = claims(tenant_ids="acme,globex", **{"custom:tenantRoles": "globex:VIEWER"})
    return call(portal_handlers.entry, portal(), caller=two, headers=headers)


@success
def entry_of_staff_first_page(headers: Headers) -> Answer:
    return call(portal_handlers.entry, portal(), caller=STAFF, query="pageSize=1", headers=headers)


@success
def entry_in_a_suspended_tenant(headers: Headers) -> Answer:
    return call(portal_handlers.entry, FakePorts(InMemoryTable(*tenants(acme=TenantStatus.SUSPENDED))), headers=headers)


@success
def invitation_created(headers: Headers) -> Answer:
    body = {"email": f" {EMAIL.title()} ", "role": "OPERATOR", "message": "Hello <b>you</b>"}
    return create(portal(), body=body, headers=headers)


@success
def invitation_pending(headers: Headers) -> Answer:
    ports = portal()
    invitation_id = invited(ports)
    deliver(ports)
    ports.move(seconds=60)
    return get(ports, invitation_id, headers=headers)


@success
def invitation_expired(headers: Headers) -> Answer:
    ports = portal()
    invitation_id = invited(ports)
    ports.move(days=7)
    return get(ports, invitation_id, headers=headers)


@success
def invitation_superseded(headers: Headers) -> Answer:
    ports = portal()
    invitation_id = invited(ports)
    ports.move(days=7)
    invited(ports)
    return get(ports, invitation_id, headers=headers)


@success
def invitation_not_modified(headers: Headers) -> Answer:
    ports = portal()
    return get(ports, invited(ports), headers={**headers, "If-None-Match": '"v1"'})


@success
def invitation_cancelled(headers: Headers) -> Answer:
    ports = portal()
    return cancel(ports, invited(ports), headers=headers)


@success
def invitation_resent(headers: Headers) -> Answer:
    ports = portal()
    invitation_id = invited(ports)
    ports.move(seconds=60)
    return resend(ports, invitation_id, headers=headers)


@success
def invitation_accepted(headers: Headers) -> Answer:
    ports = portal()
    invited(ports)
    return accept(ports, mailed_token(ports), headers=headers)


@success
def invitation_declined(headers: Headers) -> Answer:
    ports = portal()
    invited(ports)
    return decline(ports, mailed_token(ports), headers=headers)


@success
def invitations_first_page(headers: Headers) -> Answer:
    ports = portal()
    for number in range(3):
        invited(ports, f"person-{number}@x.test")
    return listed(ports, "status=PENDING&pageSize=1", headers=headers)


@success
def invitations_none(headers: Headers) -> Answer:
    return listed(portal(), headers=headers)


@refused
def validation_error(headers: Headers) -> Answer:
    body = {"email": "nobody", "role": "OWNER", "tenantId": "globex", "a/b~c": 1, "message": 7}
    return create(portal(), body=body, headers=headers)


@refused
def validation_error_in_the_query(headers: Headers) -> Answer:
    return listed(portal(), "status=OPEN&pageSize=101&page=2", headers=headers)


@refused
def invalid_cursor(headers: Headers) -> Answer:
    foreign = cursor.encode(routes.LIST, {"status": "EXPIRED"}, "x")
    return listed(portal(), f"status=PENDING&startAt={foreign}", headers=headers)


@refused
def unauthorized(headers: Headers) -> Answer:
    return call(portal_handlers.entry, portal(), caller=claims(token_use="access", email=""), headers=headers)


@refused
def forbidden(headers: Headers) -> Answer:
    return listed(portal(), caller=claims(groups="VIEWER"), headers=headers)


@refused
def tenant_access_denied(headers: Headers) -> Answer:
    return listed(portal(), tenant="globex", headers=headers)


@refused
def not_found(headers: Headers) -> Answer:
    return call(portal_handlers.unknown, portal(), path="/nowhere", headers=headers)


@refused
def method_not_allowed(headers: Headers) -> Answer:
    return call(portal_handlers.unknown, portal(), path="/tenants/acme/invitations", method="PATCH", headers=headers)


@refused
def tenant_not_found(headers: Headers) -> Answer:
    return listed(portal(), tenant="nowhere", caller=STAFF, headers=headers)


@refused
def invitation_not_found(headers: Headers) -> Answer:
    return get(portal(), "inv-01a207bd-e552-7000-8000-0000000000ff", headers=headers)


@refused
def duplicate_invitation(headers: Headers) -> Answer:
    ports = portal()
    invited(ports)
    return create(ports, headers=headers)


@refused
def user_already_member(headers: Headers) -> Answer:
    ports = portal()
    invited(ports)
    accept(ports, mailed_token(ports))
    return create(ports, headers=headers)


@refused
def write_conflict(headers: Headers) -> Answer:
    return create(FakePorts(ContendedTable(*tenants())), headers=headers)


@refused
def idempotency_in_flight(headers: Headers) -> Answer:
    return create(FakePorts(ContendedTable(*tenants())), headers={**headers, "Idempotency-Key": "k"})


@refused
def invitation_expired_problem(headers: Headers) -> Answer:
    ports = portal()
    invited(ports)
    token = mailed_token(ports)
    ports.move(days=7)
    return accept(ports, token, headers=headers)


@refused
def precondition_failed(headers: Headers) -> Answer:
    ports = portal()
    return cancel(ports, invited(ports), headers={**headers, "If-Match": '"v0"'})


@refused
def payload_too_large(headers: Headers) -> Answer:
    return create(portal(), body=" " * (32 * 1024 + 1), headers=headers)


@refused
def unsupported_media_type(headers: Headers) -> Answer:
    return create(portal(), headers={**headers, "Content-Type": "text/plain"})


@refused
def invalid_state(headers: Headers) -> Answer:
    ports = portal()
    invitation_id = invited(ports)
    ports.move(days=7)
    return cancel(ports, invitation_id, headers=headers)


@refused
def resend_limit_exceeded(headers: Headers) -> Answer:
    ports = portal()
    invitation_id = invited(ports)
    for _ in range(3):
        ports.move(seconds=60)
        assert resend(ports, invitation_id).status == 200
    return resend(ports, invitation_id, headers=headers)


@refused
def tenant_not_active(headers: Headers) -> Answer:
    return create(FakePorts(InMemoryTable(*tenants(acme=TenantStatus.SUSPENDED))), headers=headers)


@refused
def idempotency_key_reused(headers: Headers) -> Answer:
    ports = portal()
    create(ports, "one@x.test", headers={"Idempotency-Key": "k"})
    return create(ports, "two@x.test", headers={**headers, "Idempotency-Key": "k"})


@refused
def resend_cooldown(headers: Headers) -> Answer:
    ports = portal()
    return resend(ports, invited(ports), headers=headers)


@refused
def rate_limited(headers: Headers) -> Answer:
    ports = portal(creates_per_minute=1)
    invited(ports)
    return create(ports, "other@x.test", headers=headers)


@refused
def sys_001(headers: Headers) -> Answer:
    return create(FakePorts(BrokenTable()), headers=headers)


ENDPOINTS: tuple[Endpoint, ...] = (
    portal_handlers.entry,
    portal_handlers.unknown,
    handlers.list_invitations,
    handlers.create,
    handlers.get,
    handlers.cancel,
    handlers.resend,
    handlers.accept,
    handlers.decline,
    *SITES_AND_OPERATIONS,
    *HEALTH_AND_STATUS,
    *PLUGINS,
)
