"""Who is calling: the principal, read from the claims the gateway's JWT authorizer has verified."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role, role_named


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A signed-in caller.

    ``groups`` are the roles of the pool's groups; ``tenant_roles`` the role in each tenant that was entered by invitation.
    Where a tenant stands in ``tenant_roles`` that role is the caller's role there, and otherwise the group's: an ADMIN of one
    tenant who was invited to another as VIEWER is a VIEWER there.
    """

    sub: str
    email: str
    email_verified: bool = False
    groups: frozenset[Role] = frozenset()
    tenant_ids: tuple[str, ...] = ()
    tenant_roles: Mapping[str, Role] = field(default_factory=dict)

    @property
    def is_staff(self) -> bool:
        """Whether the caller is ours: STAFF may do everything in every tenant."""
        return Role.STAFF in self.groups

    def may_enter(self, tenant_id: str) -> bool:
        """Whether the tenant is one of the caller's own."""
        return self.is_staff or tenant_id in self.tenant_ids

    def role_in(self, tenant_id: str) -> Role | None:
        """The caller's role in a tenant, None where they hold none or may not enter."""
        if not self.may_enter(tenant_id):
            return None
        if self.is_staff:
            return Role.STAFF
        return self.tenant_roles.get(tenant_id) or max(self.groups, key=lambda role: role.rank, default=None)


def principal_from(claims: Mapping[str, str]) -> Principal:
    """Read the principal from an ID token's claims.

    API Gateway hands every claim over as text, a list as ``[a b]``. An access token of the same pool passes the gateway but
    has neither e-mail nor tenants: it raises UNAUTHORIZED with the mend.
    """
    if claims.get("token_use", "id") != "id" or not claims.get("sub") or not claims.get("email"):
        raise BusinessException(Code.UNAUTHORIZED, "Send the ID token of your sign-in, not its access token.")
    groups = (role_named(name) for name in re.split(r"[\[\]\s,]+", claims.get("cognito:groups", "")))
    return Principal(
        sub=claims["sub"],
        email=claims["email"].strip().lower(),
        email_verified=claims.get("email_verified", "").lower() == "true",
        groups=frozenset(role for role in groups if role),
        tenant_ids=tuple(dict.fromkeys(filter(None, re.split(r"[\s,]+", claims.get("custom:tenantIds", ""))))),
        tenant_roles=_tenant_roles(claims.get("custom:tenantRoles", "")),
    )


def _tenant_roles(claim: str) -> dict[str, Role]:
    """Read ``acme:ADMIN,globex:VIEWER``; an entry that names no role grants nothing."""
    entries = (entry.strip().partition(":") for entry in claim.split(","))
    named = ((tenant_id, role_named(role)) for tenant_id, _, role in entries)
    return {tenant_id: role for tenant_id, role in named if tenant_id and role and role is not Role.STAFF}
