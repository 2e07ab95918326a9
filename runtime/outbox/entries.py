"""The outbox's entries: what is to be done outside, as rows of the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zlib import crc32

from runtime.clock import instant, iso
from runtime.invitations.domain import Invitation
from runtime.operations.domain import Operation
from runtime.table.port import Key, Row, key_of
from runtime.tenants.domain import Membership

SHARDS = 4


class Effect(StrEnum):
    """What an entry wants done."""

    INVITATION_MAIL = "INVITATION_MAIL"
    USER_CLAIMS = "USER_CLAIMS"
    OPERATION_MESSAGE = "OPERATION_MESSAGE"
    OPERATION_EVENT = "OPERATION_EVENT"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One effect, and how often it was tried."""

    key: Key
    effect: Effect
    attempts: int
    about: Row


def mail_entry(invitation: Invitation, now: datetime) -> Row:
    """The mail of an invitation's present token."""
    about = {
        "tenantId": invitation.tenant_id,
        "invitationId": invitation.invitation_id,
        "resendCount": invitation.resend_count,
    }
    return _row(Effect.INVITATION_MAIL, f"{invitation.invitation_id}#{invitation.resend_count}", about, now)


def claims_entry(membership: Membership, now: datetime) -> Row:
    """The user's token claims, which have to follow their memberships."""
    about = {"userId": membership.user_id, "tenantId": membership.tenant_id, "email": membership.email}
    return _row(Effect.USER_CLAIMS, f"{membership.user_id}#{membership.tenant_id}", about, now)


def message_entry(operation: Operation, now: datetime) -> Row:
    """The message that lets an operation be carried out."""
    return _row(Effect.OPERATION_MESSAGE, _version_of(operation), _names_of(operation), now)


def event_entry(operation: Operation, now: datetime) -> Row:
    """The event that tells of an operation's end, as it ended now: it may be tried again before the event leaves."""
    about = {**_names_of(operation), "status": operation.status.value}
    if operation.completed_at:
        about["completedAt"] = iso(operation.completed_at)
    if operation.error:
        about["errorCode"] = operation.error.code
    return _row(Effect.OPERATION_EVENT, _version_of(operation), about, now)


def entry_from(row: Row) -> Entry:
    """Read an entry."""
    return Entry(
        key=key_of(row),
        effect=Effect(row["effect"]),
        attempts=row["attempts"],
        about=row["about"],
    )


def effect_of(key: Key) -> str:
    """The effect that an entry's sort key names, also one that this version of the code does not know."""
    return key.sk.partition("#")[2].partition("#")[0]


def shard_partition(shard: int) -> str:
    """The partition of a shard; entries are spread over a few, because one partition takes 1,000 writes a second."""
    return f"OUTBOX#{shard}"


def position_at(moment: datetime) -> str:
    """The sort key below which lie the entries older than a moment."""
    return iso(instant(moment))


def _version_of(operation: Operation) -> str:
    return f"{operation.operation_id}#{operation.version}"


def _names_of(operation: Operation) -> Row:
    return {
        "operationId": operation.operation_id,
        "operationType": operation.operation_type.value,
        "tenantId": operation.tenant_id,
        "siteId": operation.site_id,
        "correlationId": operation.correlation_id,
    }


def _row(effect: Effect, subject: str, about: Row, now: datetime) -> Row:
    shard = crc32(subject.encode()) % SHARDS
    return {
        "PK": shard_partition(shard),
        "SK": f"{position_at(now)}#{effect}#{subject}",
        "entityType": "OUTBOX",
        "effect": effect.value,
        "about": about,
        "attempts": 0,
        "version": 1,
    }
