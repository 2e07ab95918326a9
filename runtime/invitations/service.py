"""What the invitation endpoints do: read, let the domain decide, and write what follows in one unit of work."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from runtime.clock import iso
from runtime.hateoas_endpoint.preconditions import require_match
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code, retry_after
from runtime.hateoas_endpoint.route import Role
from runtime.invitations import routes
from runtime.invitations.domain import Invitation, Status, invite
from runtime.invitations.rows import (
    existing_invitation,
    invitation_from,
    invitation_key,
    invitation_row,
    invitee_key,
    invitee_row,
    list_query,
    position_of,
    rate_key,
    token_key,
    token_row,
)
from runtime.invitations.token import token_hash
from runtime.outbox.entries import claims_entry, mail_entry
from runtime.table.port import ABSENT, Key, Row, Table
from runtime.table.unit import Unit
from runtime.tenants.domain import Membership, Tenant, already_member, not_active
from runtime.tenants.rows import existing_tenant, member_key, membership_key, membership_rows, tenant_key

if TYPE_CHECKING:
    from runtime.ports import Ports

RATE_KEPT_SECONDS = 3600


def read(table: Table, tenant_id: str, invitation_id: str) -> tuple[Invitation, Tenant]:
    """One invitation and its tenant."""
    tenant, invitation = table.get([tenant_key(tenant_id), invitation_key(tenant_id, invitation_id)])
    found = existing_tenant(tenant)
    return existing_invitation(invitation), found


def read_page(
    table: Table, tenant_id: str, *, status: Status | None, size: int, after: str | None, now: datetime
) -> tuple[list[Row], str | None]:
    """A page of invitation rows, and the position after which the next page begins, None on the last."""
    rows = table.query(list_query(tenant_id, status, limit=size + 1, after=after, now=now))
    return rows[:size], position_of(rows[size - 1], status) if len(rows) > size else None


def create(
    unit: Unit, ports: Ports, *, tenant_id: str, invitation_id: str, email: str, role: Role, message: str | None,
    principal: Principal, now: datetime,
) -> tuple[Invitation, Tenant]:  # fmt: skip
    """Invite an address. One read; DUPLICATE_INVITATION while a live invitation has it, RATE_LIMITED in a full minute."""
    keys = tenant_key(tenant_id), member_key(tenant_id, email), invitee_key(tenant_id, email)
    tenant_row, member, guard = unit.get(*keys)
    tenant = existing_tenant(tenant_row)
    tenant.require_active()
    if member:
        raise already_member()
    if guard and guard["expiresAt"] > iso(now):
        raise _duplicate(tenant_id, guard["invitationId"])
    by_role = principal.role_in(tenant_id) or Role.VIEWER
    invitation = invite(
        invitation_id=invitation_id, tenant_id=tenant_id, email=email, role=role, message=message,
        by=principal.sub, by_role=by_role, now=now,
    )  # fmt: skip
    invitation = replace(invitation, token_hash=token_hash(ports.tokens.token(invitation.token_material)))
    unit.put(invitation_row(invitation))
    unit.put(invitee_row(invitation))
    unit.put(token_row(invitation))
    unit.put(mail_entry(invitation, now))
    if guard:
        unit.update(invitation_key(tenant_id, guard["invitationId"]), {"supersededBy": invitation_id}, expect={})
    unit.check(keys[0], {"status": "ACTIVE"})
    unit.check(keys[1], ABSENT)
    _count_create(unit, tenant_id, limit=ports.creates_per_minute, now=now)
    return invitation, tenant


def cancel(unit: Unit, *, tenant_id: str, invitation_id: str, if_match: str | None, now: datetime) -> tuple[Invitation, Tenant]:
    """Cancel a pending invitation: its token dies and its address is free at once. Allowed in a tenant that is not active."""
    invitation, tenant = _read_to_change(unit, tenant_id, invitation_id, if_match, now)
    cancelled = invitation.cancelled(now)
    _settle(unit, invitation, cancelled)
    return cancelled, tenant


def resend(
    unit: Unit, ports: Ports, *, tenant_id: str, invitation_id: str, if_match: str | None, now: datetime
) -> tuple[Invitation, Tenant]:
    """Send an invitation again: a new token and another 7 days; the old token dies in the same transaction."""
    invitation, tenant = _read_to_change(unit, tenant_id, invitation_id, if_match, now)
    refusal = invitation.resend_refusal(now, tenant=tenant)
    if refusal and refusal.code is Code.DUPLICATE_INVITATION and invitation.superseded_by:
        raise _duplicate(tenant_id, invitation.superseded_by, refusal.detail)
    resent = invitation.resent(now, tenant=tenant)
    resent = replace(resent, token_hash=token_hash(ports.tokens.token(resent.token_material)))
    unit.put(invitation_row(resent))
    guard = invitee_key(tenant_id, invitation.email)
    unit.update(guard, {"expiresAt": iso(resent.expires_at)}, expect={"invitationId": invitation_id})
    unit.delete(token_key(invitation.token_hash))
    unit.put(token_row(resent))
    unit.put(mail_entry(resent, now))
    unit.check(tenant_key(tenant_id), {"status": "ACTIVE"}, refusal=not_active())
    unit.check(member_key(tenant_id, invitation.email), ABSENT, refusal=already_member())
    return resent, tenant


def accept(unit: Unit, *, token: str, principal: Principal, now: datetime) -> Invitation:
    """Accept as the invitee: the membership begins in the transaction that consumes the token."""
    opened = _open(unit, token)
    tenant_id, invitation_id = opened["tenantId"], opened["invitationId"]
    member_keys = member_key(tenant_id, principal.email), membership_key(principal.sub, tenant_id)
    tenant_row, row, member, membership_row = unit.get(
        tenant_key(tenant_id), invitation_key(tenant_id, invitation_id), *member_keys
    )
    invitation = _opened(row, token)
    if not principal.email_verified or principal.email != invitation.email:
        raise BusinessException(Code.FORBIDDEN, "Sign in with the address that was invited, and verify it.")
    accepted = invitation.accepted(now)
    existing_tenant(tenant_row).require_active()
    if member or membership_row:
        raise already_member()
    _settle(unit, invitation, accepted)
    membership = Membership(
        tenant_id=tenant_id, user_id=principal.sub, email=invitation.email, role=invitation.role,
        joined_at=accepted.updated_at, invitation_id=invitation_id,
    )  # fmt: skip
    for membership_side in membership_rows(membership):
        unit.put(membership_side)
    unit.put(claims_entry(membership, now))
    unit.check(tenant_key(tenant_id), {"status": "ACTIVE"})
    return accepted


def decline(unit: Unit, *, token: str, reason: str | None, now: datetime) -> Invitation:
    """Decline as whoever holds the token."""
    opened = _open(unit, token)
    tenant_row, row = unit.get(tenant_key(opened["tenantId"]), invitation_key(opened["tenantId"], opened["invitationId"]))
    invitation = _opened(row, token)
    declined = invitation.declined(now)
    existing_tenant(tenant_row).require_active()
    _settle(unit, invitation, declined, **({"declineReason": reason} if reason else {}))
    unit.check(tenant_key(opened["tenantId"]), {"status": "ACTIVE"})
    return declined


def _read_to_change(
    unit: Unit, tenant_id: str, invitation_id: str, if_match: str | None, now: datetime
) -> tuple[Invitation, Tenant]:
    tenant_row, row = unit.get(tenant_key(tenant_id), invitation_key(tenant_id, invitation_id))
    tenant, invitation = existing_tenant(tenant_row), existing_invitation(row)
    require_match(if_match, version=invitation.version_at(now), since=invitation.decided_version)
    return invitation, tenant


def _settle(unit: Unit, before: Invitation, after: Invitation, **attributes: str) -> None:
    """Write a settled invitation; its token opens nothing any more and its address is free."""
    unit.put({**invitation_row(after), **attributes})
    unit.delete(token_key(before.token_hash))
    unit.delete(invitee_key(before.tenant_id, before.email), expect={"invitationId": before.invitation_id})


def _open(unit: Unit, token: str) -> Row:
    (opened,) = unit.get(token_key(token_hash(token)))
    if opened is None:
        raise _opens_nothing()
    return opened


def _opened(row: Row | None, token: str) -> Invitation:
    """The invitation that the token opened a moment ago, if it still does: it may have been settled or resent since."""
    invitation = invitation_from(row) if row else None
    if invitation is None or invitation.settled is not Status.PENDING or invitation.token_hash != token_hash(token):
        raise _opens_nothing()
    return invitation


def _opens_nothing() -> BusinessException:
    return BusinessException(Code.INVITATION_NOT_FOUND, "This token opens no invitation.")


def _duplicate(
    tenant_id: str, invitation_id: str, detail: str = "A live invitation has this address already."
) -> BusinessException:
    existing = routes.GET.href({"tenantId": tenant_id, "invitationId": invitation_id})
    extra = {"_links": {"existing": {"href": existing}}}
    return BusinessException(Code.DUPLICATE_INVITATION, detail, extra=extra)


def _count_create(unit: Unit, tenant_id: str, *, limit: int, now: datetime) -> None:
    key: Key = rate_key(tenant_id, now.strftime("%Y-%m-%dT%H:%M"))
    detail = f"A tenant can create {limit} invitations a minute."
    refusal = BusinessException(Code.RATE_LIMITED, detail, headers=retry_after(60 - now.second))
    assign = {"entityType": "RATE", "ttl": int(now.timestamp()) + RATE_KEPT_SECONDS}
    unit.increment(key, "creates", below=limit, assign=assign, refusal=refusal)
