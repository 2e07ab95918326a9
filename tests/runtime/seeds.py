"""Many invitations at once, as rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from runtime.hateoas_endpoint.route import Role
from runtime.ids import new_id
from runtime.invitations.domain import Status, invite
from runtime.invitations.rows import invitation_row
from runtime.table.port import Key, Row, key_of
from tests.runtime.fakes import START, InMemoryTable, tenants


def settled(count: int, *, status: str = "ACCEPTED", first: int = 0, tenant: str = "acme") -> dict[Key, Row]:
    """So many invitations of a status, each a millisecond younger than the one before."""
    rows = {}
    for number in range(first, first + count):
        moment = START - timedelta(minutes=1) + timedelta(milliseconds=number)
        invitation = invite(
            invitation_id=new_id("inv", now=moment, random=number.to_bytes(10, "big")), tenant_id=tenant,
            email=f"person-{number}@x.test", role=Role.VIEWER, message=None, by="sub", by_role=Role.ADMIN, now=moment,
        )  # fmt: skip
        row = invitation_row(replace(invitation, settled=Status(status), token_hash=f"hash-{number}"))
        rows[key_of(row)] = row
    return rows


def table_of(count: int, *, status: str = "ACCEPTED") -> InMemoryTable:
    """A table of the two tenants and so many invitations of acme's."""
    return InMemoryTable(*tenants(), *settled(count, status=status).values())
