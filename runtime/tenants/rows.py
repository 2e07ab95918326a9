"""How tenants and memberships lie in the table.

A membership is two rows that are written together: ``TENANT#t|MEMBER#email`` answers whether an address belongs to a member,
``USER#sub|MEMBERSHIP#t`` gives a user's tenants in one consistent query.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.clock import iso
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role
from runtime.table.port import BOTTOM, TOP, Index, Key, Query, Row, Table
from runtime.tenants.domain import Membership, Tenant, TenantStatus

ALL_TENANTS = "TENANTS"


def tenant_key(tenant_id: str) -> Key:
    """The key of a tenant."""
    return Key(f"TENANT#{tenant_id}", "TENANT")


def member_key(tenant_id: str, email: str) -> Key:
    """The key under which an address belongs to a tenant's member."""
    return Key(f"TENANT#{tenant_id}", f"MEMBER#{email}")


def membership_key(user_id: str, tenant_id: str) -> Key:
    """The key of a user's membership."""
    return Key(f"USER#{user_id}", f"MEMBERSHIP#{tenant_id}")


def tenant_row(tenant: Tenant) -> Row:
    """Write a tenant."""
    row: Row = {
        **tenant_key(tenant.tenant_id).as_row(),
        "GSI2PK": ALL_TENANTS,
        "GSI2SK": tenant.tenant_id,
        "entityType": "TENANT",
        "tenantId": tenant.tenant_id,
        "name": tenant.name,
        "status": tenant.status.value,
    }
    return row | ({"tier": tenant.tier} if tenant.tier else {})


def tenant_from(row: Row) -> Tenant:
    """Read a tenant."""
    return Tenant(tenant_id=row["tenantId"], name=row["name"], status=TenantStatus(row["status"]), tier=row.get("tier"))


def existing_tenant(row: Row | None) -> Tenant:
    """Read a tenant that must be there; TENANT_NOT_FOUND when it is not."""
    if row is None:
        raise BusinessException(Code.TENANT_NOT_FOUND, "There is no tenant with this id.")
    return tenant_from(row)


def membership_rows(membership: Membership) -> tuple[Row, Row]:
    """Write a membership: the tenant's side and the user's."""
    attributes: Row = {
        "entityType": "MEMBERSHIP",
        "tenantId": membership.tenant_id,
        "userId": membership.user_id,
        "email": membership.email,
        "role": membership.role.value,
        "joinedAt": iso(membership.joined_at),
    }
    if membership.invitation_id:
        attributes["invitationId"] = membership.invitation_id
    tenant_side = member_key(membership.tenant_id, membership.email).as_row() | attributes
    user_side = membership_key(membership.user_id, membership.tenant_id).as_row() | attributes
    return tenant_side, user_side


def role_of(row: Row) -> Role:
    """The role a membership row gives."""
    return Role(row["role"])


def read_tenants(table: Table, tenant_ids: Sequence[str]) -> list[Tenant]:
    """The tenants with these ids that exist, in one read for up to a hundred of them."""
    rows = table.get([tenant_key(tenant_id) for tenant_id in tenant_ids]) if tenant_ids else []
    return [tenant_from(row) for row in rows if row]


def read_all_tenants(table: Table, *, limit: int, after: str | None) -> list[Tenant]:
    """A range of all tenants by id."""
    query = Query(partition=ALL_TENANTS, low=BOTTOM, high=TOP, limit=limit, after=after, index=Index.GSI2, descending=False)
    return [tenant_from(row) for row in table.query(query)]
