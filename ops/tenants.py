"""The command that lets a customer in: ``python -m ops tenant`` makes a tenant and its first administrator.

Every later member comes by invitation. The claims of the administrator's token follow from the membership, by the outbox, as
after an accepted invitation.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops.access import OperatorError
from runtime.hateoas_endpoint.route import Role
from runtime.outbox.entries import claims_entry
from runtime.sites.domain import QUOTAS, UNLIMITED
from runtime.table.port import Table
from runtime.table.unit import Unit
from runtime.tenants.domain import Membership, Tenant, TenantStatus
from runtime.tenants.rows import member_key, membership_rows, tenant_from, tenant_key, tenant_row

TIERS = (*QUOTAS, UNLIMITED)
TENANT_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What follows ``tenant`` on the command line."""
    parser.add_argument("tenant", help="the tenant's id, as it stands in addresses")
    parser.add_argument("--name", required=True)
    parser.add_argument("--tier", choices=TIERS)
    parser.add_argument("--admin", required=True, metavar="EMAIL", help="their temporary password comes by mail")


@dataclass(frozen=True, kw_only=True)
class Users:
    """The people of a user pool."""

    cognito: Any
    pool_id: str

    def invited(self, email: str) -> str:
        """The id of the user with this address, who is made, and gets a mail from Cognito, if there is none."""
        known = self.cognito.exceptions.UsernameExistsException
        try:
            user = self.cognito.admin_create_user(
                UserPoolId=self.pool_id,
                Username=email,
                DesiredDeliveryMediums=["EMAIL"],
                UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            )["User"]
            attributes = user["Attributes"]
        except known:
            attributes = self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=email)["UserAttributes"]
        return str(next(each["Value"] for each in attributes if each["Name"] == "sub"))


def let_in(table: Table, users: Users, wanted: Tenant, *, admin: str, now: datetime) -> str:
    """Make what is missing of a tenant and its administrator; what there is to tell of it.

    Run again it changes nothing. Raises OperatorError where the tenant is there under another name or tier, or the
    administrator is a member already in another role.
    """
    if not TENANT_ID.fullmatch(wanted.tenant_id):
        raise OperatorError(f"{wanted.tenant_id!r} is no tenant's id: write up to 63 of a-z, 0-9 and -, as in acme.")
    email = admin.strip().lower()
    if "@" not in email:
        raise OperatorError(f"{admin!r} is no e-mail address.")
    unit = Unit(table)
    found, member = unit.get(tenant_key(wanted.tenant_id), member_key(wanted.tenant_id, email))
    if found and tenant_from(found) != wanted:
        there = tenant_from(found)
        raise OperatorError(
            f"There is a tenant {wanted.tenant_id} already, and it is another one: {there.name}, {there.tier}, {there.status}."
        )
    if member:
        if member["role"] != Role.ADMIN.value:
            raise OperatorError(f"{email} is a member of {wanted.tenant_id} already, as {member['role']}.")
        return f"{wanted.tenant_id} and its administrator are there already"
    if not found:
        unit.put(tenant_row(wanted))
    membership = Membership(
        tenant_id=wanted.tenant_id, user_id=users.invited(email), email=email, role=Role.ADMIN, joined_at=now
    )
    for row in membership_rows(membership):
        unit.put(row)
    unit.put(claims_entry(membership, now))
    unit.commit()
    return f"{wanted.tenant_id} is there, and {email} is its administrator"


def wanted_of(arguments: argparse.Namespace) -> Tenant:
    """The tenant that the command line describes."""
    return Tenant(tenant_id=arguments.tenant, name=arguments.name, status=TenantStatus.ACTIVE, tier=arguments.tier)
