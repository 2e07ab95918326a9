"""The demo tenants and users of the local stage, and the catalogue of plugins that every stage begins with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from local.clients import client
from local.settings import Local
from ops.catalogue import seed as seed_catalogue
from runtime.hateoas_endpoint.route import Role
from runtime.table.dynamo import DynamoTable
from runtime.table.port import Conflict
from runtime.table.unit import Unit
from runtime.tenants.domain import Membership, Tenant, TenantStatus
from runtime.tenants.rows import membership_rows, tenant_row

TENANTS = (
    Tenant(tenant_id="acme", name="Acme Corporation", status=TenantStatus.ACTIVE, tier="STANDARD"),
    Tenant(tenant_id="globex", name="Globex", status=TenantStatus.ACTIVE, tier="BASIC"),
)


@dataclass(frozen=True)
class DemoUser:
    """Somebody to sign in as."""

    email: str
    role: Role
    tenants: tuple[str, ...] = ()


USERS = (
    DemoUser("admin@acme.test", Role.ADMIN, ("acme",)),
    DemoUser("user@acme.test", Role.USER, ("acme",)),
    DemoUser("viewer@acme.test", Role.VIEWER, ("acme",)),
    DemoUser("admin@globex.test", Role.ADMIN, ("globex",)),
    DemoUser("staff@bbws.test", Role.STAFF),
)


def seed(local: Local, outputs: dict[str, str], known: dict[str, Any]) -> dict[str, Any]:
    """Make what is missing of the demo data; the users with their passwords, as ``stack.json`` lists them."""
    table = DynamoTable(client(local, "dynamodb"), outputs["TableName"])
    for tenant in TENANTS:
        _put_once(table, tenant_row(tenant))
    seed_catalogue(table)
    cognito = client(local, "cognito-idp")
    return {user.email: _user(cognito, table, outputs["UserPoolId"], user, known.get(user.email)) for user in USERS}


def _user(cognito: Any, table: DynamoTable, pool: str, user: DemoUser, known: dict[str, Any] | None) -> dict[str, Any]:
    entry = {"password": f"Demo-{secrets.token_urlsafe(12)}-1a", "role": user.role.value, "tenants": list(user.tenants)}
    if known:
        return known
    attributes = {"email": user.email, "email_verified": "true", "custom:tenantIds": ",".join(user.tenants)}
    created = cognito.admin_create_user(
        UserPoolId=pool,
        Username=user.email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items() if value],
    )["User"]
    cognito.admin_set_user_password(UserPoolId=pool, Username=user.email, Password=entry["password"], Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=user.email, GroupName=user.role.value)
    sub = next(attribute["Value"] for attribute in created["Attributes"] if attribute["Name"] == "sub")
    for tenant_id in user.tenants:
        joined = datetime.now(timezone.utc)
        membership = Membership(tenant_id=tenant_id, user_id=sub, email=user.email, role=user.role, joined_at=joined)
        for row in membership_rows(membership):
            _put_once(table, row)
    return entry


def _put_once(table: DynamoTable, row: dict[str, Any]) -> None:
    unit = Unit(table)
    unit.put(row)
    try:
        unit.commit()
    except Conflict:
        return
