"""The tenant and the membership: who a customer organisation is, and which role a user has in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role


class TenantStatus(StrEnum):
    """Whether a tenant's customers may change things."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A customer organisation."""

    tenant_id: str
    name: str
    status: TenantStatus
    tier: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether writes are taken."""
        return self.status is TenantStatus.ACTIVE

    def require_active(self) -> None:
        """Raise TENANT_NOT_ACTIVE unless writes are taken."""
        if not self.is_active:
            raise not_active()


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A user's place in a tenant, as an accepted invitation made it."""

    tenant_id: str
    user_id: str
    email: str
    role: Role
    joined_at: datetime
    invitation_id: str | None = None


def not_active() -> BusinessException:
    """The refusal of a write to a tenant that takes none."""
    return BusinessException(Code.TENANT_NOT_ACTIVE, "The tenant is not active, so nothing can be changed in it.")


def already_member() -> BusinessException:
    """The refusal of an invitation for somebody who is a member."""
    return BusinessException(Code.USER_ALREADY_MEMBER, "A member of the tenant has this address.")
