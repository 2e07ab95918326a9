"""The bodies that the invitation endpoints give, as the API description shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from runtime.hateoas_endpoint.documents import HalDocument, Instant, ResponseModel
from runtime.invitations.models import InvitedRole

InvitationStatus = Literal["PENDING", "ACCEPTED", "DECLINED", "CANCELLED", "EXPIRED"]


class DeliveryDocument(ResponseModel):
    """How far the last mail has come."""

    status: Literal["QUEUED", "SENT", "FAILED"]
    reason: str | None = None


class InvitationDocument(HalDocument):
    """An invitation."""

    invitation_id: str
    tenant_id: str
    email: str
    role: InvitedRole
    message: str | None = None
    status: InvitationStatus
    expires_at: Instant
    resend_count: int
    created_at: Instant
    created_by: str
    updated_at: Instant
    last_sent_at: Instant
    delivery: DeliveryDocument


class EmbeddedInvitations(ResponseModel):
    """The items of a page."""

    invitations: list[InvitationDocument]


class InvitationPage(HalDocument):
    """A page of invitations."""

    count: int
    more_available: bool
    embedded: EmbeddedInvitations = Field(alias="_embedded")


class AcceptedInvitation(HalDocument):
    """What the invitee sees after accepting."""

    invitation_id: str
    tenant_id: str
    email: str
    role: InvitedRole
    status: Literal["ACCEPTED"]
    accepted_at: Instant


class DeclinedInvitation(HalDocument):
    """What the invitee sees after declining."""

    invitation_id: str
    status: Literal["DECLINED"]
