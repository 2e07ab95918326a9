"""How each effect of the outbox is carried out: invitation mail, users' claims, the messages and events of operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.clock import iso
from runtime.invitations.domain import Delivery, DeliveryStatus, Invitation, Status
from runtime.invitations.mail import invitation_mail
from runtime.invitations.rows import invitation_from, invitation_key, invitation_row
from runtime.operations.domain import OperationType
from runtime.outbox.dispatch import Dispatch, Performer
from runtime.outbox.entries import Effect, Entry
from runtime.table.port import Query, Row, end_of
from runtime.table.unit import Unit
from runtime.tenants.rows import existing_tenant, tenant_key

if TYPE_CHECKING:
    from runtime.outbox.ports import OutboxPorts

MEMBERSHIPS = "MEMBERSHIP#"
MAX_MEMBERSHIPS = 500


def dispatch(ports: OutboxPorts) -> Dispatch:
    """The dispatch of every effect there is."""
    performers: Mapping[Effect, Performer] = {
        Effect.INVITATION_MAIL: InvitationMail(ports),
        Effect.USER_CLAIMS: UserClaims(ports),
        Effect.OPERATION_MESSAGE: OperationMessage(ports),
        Effect.OPERATION_EVENT: OperationEvent(ports),
    }
    return Dispatch(ports, performers)


@dataclass(frozen=True)
class InvitationMail:
    """Sends the mail of an invitation, with the token derived anew."""

    ports: OutboxPorts

    def perform(self, entry: Entry) -> bool:
        """Send it, unless the invitation was settled, has expired or was resent meanwhile."""
        tenant_id = entry.about["tenantId"]
        keys = [tenant_key(tenant_id), invitation_key(tenant_id, entry.about["invitationId"])]
        tenant_row, row = self.ports.table.get(keys)
        invitation = _awaiting(row, entry)
        if invitation is None or invitation.status(self.ports.now()) is not Status.PENDING:
            return False
        token = self.ports.tokens.token(invitation.token_material)
        link = f"{self.ports.invitation_base_url}#t={token}"
        self.ports.mailer.send(invitation_mail(invitation, existing_tenant(tenant_row), link))
        return True

    def note(self, unit: Unit, entry: Entry, failure: str | None) -> None:
        """Show on the invitation whether its mail left."""
        (row,) = unit.get(invitation_key(entry.about["tenantId"], entry.about["invitationId"]))
        invitation = _awaiting(row, entry)
        if row and invitation:
            status = DeliveryStatus.FAILED if failure else DeliveryStatus.SENT
            delivered = invitation.delivered(self.ports.now(), Delivery(status, failure))
            unit.put({**row, **invitation_row(delivered)})


@dataclass(frozen=True)
class UserClaims:
    """Lets the user's next token name the tenants they belong to."""

    ports: OutboxPorts

    def perform(self, entry: Entry) -> bool:
        """Write the claims until they agree with the memberships.

        Two dispatches for one user may run at once and the user pool has no conditional writes. Each reads the memberships
        again after it wrote, so that whichever writes last has seen every membership that was there when it did.
        """
        user_id = entry.about["userId"]
        roles = self._roles(user_id)
        while True:
            self.ports.users.set_tenants(user_id, roles)
            written, roles = roles, self._roles(user_id)
            if written == roles:
                return True

    def note(self, unit: Unit, entry: Entry, failure: str | None) -> None:
        """Nothing is shown of claims."""

    def _roles(self, user_id: str) -> dict[str, str]:
        query = Query(partition=f"USER#{user_id}", low=MEMBERSHIPS, high=end_of(MEMBERSHIPS), limit=MAX_MEMBERSHIPS)
        return {row["tenantId"]: row["role"] for row in self.ports.table.query(query)}


QUEUES: Mapping[OperationType, str] = {
    OperationType.SITE_CREATION: "creation",
    OperationType.SITE_CLONE: "creation",
    OperationType.SITE_UPDATE: "update",
    OperationType.SITE_PROMOTION: "update",
    OperationType.PLUGIN_UPDATE: "update",
    OperationType.SITE_RESTORE: "update",
    OperationType.SITE_DELETION: "deletion",
}
"""Which queue carries which operations."""

EVENT_ENDINGS = {"COMPLETED": "COMPLETE"}
"""Where an event's name ends otherwise than the status it tells of."""


@dataclass(frozen=True)
class OperationMessage:
    """Sends the message that lets an operation be carried out. The sweeper sends another if this one is given up."""

    ports: OutboxPorts

    def perform(self, entry: Entry) -> bool:
        """Send it to the queue of its type; it only names the operation, of which the table holds the truth."""
        about = entry.about
        message = {
            "schemaVersion": 1,
            "messageType": about["operationType"],
            "operationId": about["operationId"],
            "tenantId": about["tenantId"],
            "siteId": about["siteId"],
            "correlationId": about["correlationId"],
            "timestamp": iso(self.ports.now()),
            "payload": {},
        }
        self.ports.queues.send(QUEUES[OperationType(about["operationType"])], message)
        return True

    def note(self, unit: Unit, entry: Entry, failure: str | None) -> None:
        """Nothing is shown of messages: a pending operation waits."""


@dataclass(frozen=True)
class OperationEvent:
    """Tells the stage's event bus how an operation ended."""

    ports: OutboxPorts

    def perform(self, entry: Entry) -> bool:
        """Publish it, as in SITE_CREATION_COMPLETE."""
        status = entry.about["status"]
        name = f"{entry.about['operationType']}_{EVENT_ENDINGS.get(status, status)}"
        self.ports.events.publish(name, entry.about)
        return True

    def note(self, unit: Unit, entry: Entry, failure: str | None) -> None:
        """Nothing is shown of events."""


def _awaiting(row: Row | None, entry: Entry) -> Invitation | None:
    """The invitation, if it still waits for the very mail of this entry."""
    if row is None:
        return None
    invitation = invitation_from(row)
    waits = invitation.delivery.status is DeliveryStatus.QUEUED and invitation.resend_count == entry.about["resendCount"]
    return invitation if waits else None
