"""How invitations lie in the table: the invitation, the guard of its address and the row its token opens."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.clock import instant, iso, parse_iso
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role
from runtime.invitations.domain import Delivery, DeliveryStatus, Invitation, Status
from runtime.table.port import BOTTOM, TOP, Index, Key, Query, Row, end_of

PREFIX = "INVITATION#"


def invitation_key(tenant_id: str, invitation_id: str) -> Key:
    """The key of an invitation."""
    return Key(f"TENANT#{tenant_id}", f"{PREFIX}{invitation_id}")


def invitee_key(tenant_id: str, email: str) -> Key:
    """The key of the guard that lets one live invitation of a tenant have an address."""
    return Key(f"TENANT#{tenant_id}", f"INVITEE#{email}")


def token_key(token_hash: str) -> Key:
    """The key of the row that a token opens."""
    return Key(f"TOKEN#{token_hash}", "TOKEN")


def rate_key(tenant_id: str, minute: str) -> Key:
    """The key of the count of a tenant's creates in a minute."""
    return Key(f"TENANT#{tenant_id}", f"RATE#INVITATION#{minute}")


def invitation_row(invitation: Invitation) -> Row:
    """Write an invitation. Names here are those of documents; what documents do not show follows at the end."""
    delivery = {"status": invitation.delivery.status.value}
    if invitation.delivery.reason:
        delivery["reason"] = invitation.delivery.reason
    row: Row = {
        **invitation_key(invitation.tenant_id, invitation.invitation_id).as_row(),
        "GSI1PK": f"EMAIL#{invitation.email}",
        "GSI1SK": f"TENANT#{invitation.tenant_id}#{invitation.invitation_id}",
        "GSI2PK": _status_partition(invitation.tenant_id, invitation.settled),
        "GSI2SK": _status_position(invitation),
        "entityType": "INVITATION",
        "invitationId": invitation.invitation_id,
        "tenantId": invitation.tenant_id,
        "email": invitation.email,
        "role": "OPERATOR" if invitation.role is Role.USER else invitation.role.value,
        "status": invitation.settled.value,
        "expiresAt": iso(invitation.expires_at),
        "resendCount": invitation.resend_count,
        "createdAt": iso(invitation.created_at),
        "createdBy": invitation.created_by,
        "updatedAt": iso(invitation.updated_at),
        "lastSentAt": iso(invitation.last_sent_at),
        "delivery": delivery,
        "tokenHash": invitation.token_hash,
        "version": invitation.version,
        "decidedVersion": invitation.decided_version,
    }
    optional = {"message": invitation.message, "supersededBy": invitation.superseded_by}
    return row | {name: value for name, value in optional.items() if value is not None}


def invitation_from(row: Row) -> Invitation:
    """Read an invitation."""
    return Invitation(
        invitation_id=row["invitationId"],
        tenant_id=row["tenantId"],
        email=row["email"],
        role=Role.USER if row["role"] == "OPERATOR" else Role(row["role"]),
        message=row.get("message"),
        settled=Status(row["status"]),
        expires_at=parse_iso(row["expiresAt"]),
        resend_count=row["resendCount"],
        created_at=parse_iso(row["createdAt"]),
        created_by=row["createdBy"],
        updated_at=parse_iso(row["updatedAt"]),
        last_sent_at=parse_iso(row["lastSentAt"]),
        delivery=Delivery(DeliveryStatus(row["delivery"]["status"]), row["delivery"].get("reason")),
        token_hash=row["tokenHash"],
        version=row["version"],
        decided_version=row["decidedVersion"],
        superseded_by=row.get("supersededBy"),
    )


def existing_invitation(row: Row | None) -> Invitation:
    """Read an invitation that must be there; INVITATION_NOT_FOUND when it is not."""
    if row is None:
        raise BusinessException(Code.INVITATION_NOT_FOUND, "There is no such invitation.")
    return invitation_from(row)


def invitee_row(invitation: Invitation) -> Row:
    """Write the guard of an address."""
    return {
        **invitee_key(invitation.tenant_id, invitation.email).as_row(),
        "entityType": "INVITEE",
        "invitationId": invitation.invitation_id,
        "expiresAt": iso(invitation.expires_at),
    }


def token_row(invitation: Invitation) -> Row:
    """Write the row a token opens: it names the invitation and holds nothing of the token but its hash."""
    return {
        **token_key(invitation.token_hash).as_row(),
        "entityType": "TOKEN",
        "tenantId": invitation.tenant_id,
        "invitationId": invitation.invitation_id,
        "version": 1,
    }


def list_query(tenant_id: str, status: Status | None, *, limit: int, after: str | None, now: datetime) -> Query:
    """The query of one page, newest first; PENDING and EXPIRED share a partition that the present moment divides.

    Those two are ordered by their expiry, that is by their last mail; all others by their creation.
    """
    if status is None:
        after_sk = None if after is None else f"{PREFIX}{after}"
        return Query(partition=f"TENANT#{tenant_id}", low=PREFIX, high=end_of(PREFIX), limit=limit, after=after_sk)
    low = _first_pending(now) if status is Status.PENDING else BOTTOM
    high = _first_pending(now) if status is Status.EXPIRED else TOP
    partition = _status_partition(tenant_id, status)
    return Query(partition=partition, low=low, high=high, limit=limit, after=after, index=Index.GSI2)


def position_of(row: Row, status: Status | None) -> str:
    """The position of a row in the list that :func:`list_query` gives, for the cursor after it."""
    position: str = row["invitationId"] if status is None else row["GSI2SK"]
    return position


def _status_partition(tenant_id: str, status: Status) -> str:
    state = "OPEN" if status in {Status.PENDING, Status.EXPIRED} else status.value
    return f"TENANT#{tenant_id}#{PREFIX}{state}"


def _status_position(invitation: Invitation) -> str:
    if invitation.settled is Status.PENDING:
        return f"{iso(invitation.expires_at)}#{invitation.invitation_id}"
    return invitation.invitation_id


def _first_pending(now: datetime) -> str:
    """The lowest sort key of what expires after this moment; expiry is in whole milliseconds."""
    return iso(instant(now) + timedelta(milliseconds=1))
