"""The life of an invitation, as pure rules: what may happen when, and what it becomes.

``PENDING → ACCEPTED | DECLINED | CANCELLED | EXPIRED`` and ``EXPIRED → PENDING`` by resend. Expiry is the clock's: it is
never written, and an invitation is pending while ``now < expires_at``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from runtime.clock import instant, iso
from runtime.hateoas_endpoint.problem import BusinessException, Code, retry_after
from runtime.hateoas_endpoint.route import Role
from runtime.tenants.domain import Tenant, not_active

LIFETIME = timedelta(days=7)
RESEND_LIMIT = 3
RESEND_COOLDOWN = timedelta(seconds=60)


class Status(StrEnum):
    """What an invitation is at a moment."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class DeliveryStatus(StrEnum):
    """How far the last mail has come."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


TRANSITIONS: dict[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.ACCEPTED, Status.DECLINED, Status.CANCELLED, Status.EXPIRED),
    Status.EXPIRED: (Status.PENDING,),
    Status.ACCEPTED: (),
    Status.DECLINED: (),
    Status.CANCELLED: (),
}


@dataclass(frozen=True)
class Delivery:
    """The last mail's fate; ``reason`` says why it has not left, where it has not."""

    status: DeliveryStatus
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An invitation as it was last written.

    ``settled`` is its written status, in which PENDING may meanwhile have become EXPIRED. ``version`` counts writes;
    ``decided_version`` is the version that a person's last decision made, and ``superseded_by`` names the invitation
    that took this one's place after it had expired.
    """

    invitation_id: str
    tenant_id: str
    email: str
    role: Role
    message: str | None
    settled: Status
    expires_at: datetime
    resend_count: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    last_sent_at: datetime
    delivery: Delivery
    token_hash: str
    version: int = 1
    decided_version: int = 1
    superseded_by: str | None = None

    def status(self, now: datetime) -> Status:
        """What the invitation is at this moment."""
        return Status.EXPIRED if self.settled is Status.PENDING and now >= self.expires_at else self.settled

    def version_at(self, now: datetime) -> int:
        """The version a reader sees: the clock's changes, the end of the cooldown and the expiry, count like writes."""
        if self.settled is not Status.PENDING:
            return self.version
        return self.version + (now >= self.resendable_at) + (now >= self.expires_at)

    @property
    def resendable_at(self) -> datetime:
        """When the cooldown of the last mail ends."""
        return self.last_sent_at + RESEND_COOLDOWN

    @property
    def token_material(self) -> str:
        """What the token of the present mail is derived from: each resend makes another."""
        return f"invitation:{self.tenant_id}:{self.invitation_id}:{self.resend_count}"

    def resent(self, now: datetime, *, tenant: Tenant) -> Invitation:
        """The invitation after a resend: pending for another 7 days; raises what forbids it."""
        if refusal := self.resend_refusal(now, tenant=tenant):
            raise refusal
        return replace(
            self._decided(now, Status.PENDING),
            expires_at=instant(now) + LIFETIME,
            resend_count=self.resend_count + 1,
            last_sent_at=instant(now),
            delivery=Delivery(DeliveryStatus.QUEUED),
        )

    def resend_refusal(self, now: datetime, *, tenant: Tenant) -> BusinessException | None:
        """What forbids a resend at this moment, if anything does: what lasts comes before what the clock will mend."""
        if refusal := self._transition_refusal(now, Status.PENDING, allowed=(Status.PENDING, Status.EXPIRED)):
            return refusal
        if self.superseded_by:
            return BusinessException(
                Code.DUPLICATE_INVITATION, "The address was invited anew after this invitation had expired."
            )
        if self.resend_count >= RESEND_LIMIT:
            return BusinessException(Code.RESEND_LIMIT_EXCEEDED, f"An invitation can be resent {RESEND_LIMIT} times.")
        if not tenant.is_active:
            return not_active()
        if now < self.resendable_at:
            detail = f"The last mail is less than {RESEND_COOLDOWN.seconds} seconds old."
            wait = (self.resendable_at - now).total_seconds()
            return BusinessException(
                Code.RESEND_COOLDOWN, detail, extra={"until": iso(self.resendable_at)}, headers=retry_after(wait)
            )
        return None

    def cancelled(self, now: datetime) -> Invitation:
        """The invitation after its cancellation; raises INVALID_STATE unless it is pending."""
        return self._settle(now, Status.CANCELLED)

    def cancel_refusal(self, now: datetime) -> BusinessException | None:
        """What forbids a cancellation at this moment, if anything does."""
        return self._transition_refusal(now, Status.CANCELLED, allowed=(Status.PENDING,))

    def accepted(self, now: datetime) -> Invitation:
        """The invitation after its acceptance; raises INVITATION_EXPIRED after its time."""
        self._require_unexpired(now)
        return self._settle(now, Status.ACCEPTED)

    def declined(self, now: datetime) -> Invitation:
        """The invitation after the invitee declined; raises INVITATION_EXPIRED after its time."""
        self._require_unexpired(now)
        return self._settle(now, Status.DECLINED)

    def delivered(self, now: datetime, delivery: Delivery) -> Invitation:
        """The invitation after its mail left or was given up."""
        sent_at = instant(now) if delivery.status is DeliveryStatus.SENT else self.last_sent_at
        return replace(self, delivery=delivery, last_sent_at=sent_at, updated_at=instant(now), version=self.version_at(now) + 1)

    def _require_unexpired(self, now: datetime) -> None:
        if self.status(now) is Status.EXPIRED:
            raise BusinessException(Code.INVITATION_EXPIRED, "The invitation has expired. Ask for a new one.")

    def _settle(self, now: datetime, status: Status) -> Invitation:
        if refusal := self._transition_refusal(now, status, allowed=(Status.PENDING,)):
            raise refusal
        return self._decided(now, status)

    def _decided(self, now: datetime, status: Status) -> Invitation:
        version = self.version_at(now) + 1
        return replace(self, settled=status, updated_at=instant(now), version=version, decided_version=version)

    def _transition_refusal(self, now: datetime, to: Status, *, allowed: tuple[Status, ...]) -> BusinessException | None:
        current = self.status(now)
        if current in allowed:
            return None
        extra = {"currentStatus": current.value, "allowedTransitions": [status.value for status in TRANSITIONS[current]]}
        return BusinessException(Code.INVALID_STATE, f"An invitation that is {current} cannot become {to}.", extra=extra)


def invite(
    *, invitation_id: str, tenant_id: str, email: str, role: Role, message: str | None, by: str, by_role: Role, now: datetime
) -> Invitation:
    """A new invitation, pending for 7 days; its token is not derived yet. FORBIDDEN for a role above the inviter's own."""
    if role.rank > by_role.rank:
        raise BusinessException(Code.FORBIDDEN, f"A {by_role} cannot invite a {role}.")
    moment = instant(now)
    return Invitation(
        invitation_id=invitation_id,
        tenant_id=tenant_id,
        email=email,
        role=role,
        message=message,
        settled=Status.PENDING,
        expires_at=moment + LIFETIME,
        resend_count=0,
        created_at=moment,
        created_by=by,
        updated_at=moment,
        last_sent_at=moment,
        delivery=Delivery(DeliveryStatus.QUEUED),
        token_hash="",
    )
