"""The access patterns of ``runtime/table/__init__.py``, by their numbers, each with the calls it makes of DynamoDB."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import runtime.table
from runtime.invitations.domain import Status
from runtime.invitations.rows import invitee_key, list_query, token_key
from runtime.invitations.service import read, read_page
from runtime.invitations.token import token_hash
from runtime.outbox.handlers import missed
from runtime.table.port import BOTTOM, TOP, Index, Query, end_of
from runtime.tenants.rows import member_key, read_all_tenants, read_tenants
from tests.runtime.dynamo import DynamoPorts, RecordedTable
from tests.runtime.fakes import FakePorts
from tests.runtime.stories import (
    EMAIL,
    STAFF,
    accept,
    cancel,
    create,
    decline,
    invited,
    mailed_token,
    portal,
    problem,
)

OPEN = "pending@x.test"


@pytest.fixture(scope="module")
def life() -> FakePorts:
    """A tenant in which everything has happened once, and whose newest mail still waits."""
    ports = portal(creates_per_minute=2)
    invited(ports, "expired@x.test")
    mailed_token(ports)
    ports.move(days=8)
    invited(ports)
    accept(ports, mailed_token(ports))
    invited(ports, "declined@x.test")
    decline(ports, mailed_token(ports))
    ports.move(minutes=1)
    cancel(ports, invited(ports, "cancelled@x.test"))
    invited(ports, EMAIL, tenant="globex", caller=STAFF)
    ports.move(minutes=1)
    invited(ports, OPEN, headers={"Idempotency-Key": "k"})
    return ports


def on_dynamo(life: FakePorts, recorded: RecordedTable) -> DynamoPorts:
    return DynamoPorts(table=recorded.table, clock=life.clock, creates_per_minute=1, drawn=1000, mailer=life.mailer)


def the_open_one(life: FakePorts) -> str:
    (row,) = [row for row in life.table.of_type("INVITATION") if row["email"] == OPEN]
    invitation_id: str = row["invitationId"]
    return invitation_id


def test_01_one_invitation_and_its_tenant(life: FakePorts, recorded: RecordedTable) -> None:
    invitation, tenant = read(recorded.table, "acme", the_open_one(life))

    assert (invitation.email, tenant.name) == (OPEN, "Acme Corporation")
    assert recorded.calls == ["BatchGetItem"]


def test_02_a_tenants_invitations_newest_first(life: FakePorts, recorded: RecordedTable) -> None:
    rows, position = read_page(recorded.table, "acme", status=None, size=10, after=None, now=life.clock)

    emails = [row["email"] for row in rows]
    assert emails == [OPEN, "cancelled@x.test", "declined@x.test", EMAIL, "expired@x.test"]
    assert position is None
    assert recorded.calls == ["Query"]


@pytest.mark.parametrize(
    ("status", "email"),
    [
        (Status.PENDING, OPEN),
        (Status.EXPIRED, "expired@x.test"),
        (Status.ACCEPTED, EMAIL),
        (Status.DECLINED, "declined@x.test"),
        (Status.CANCELLED, "cancelled@x.test"),
    ],
)
def test_03_a_tenants_invitations_of_one_status(life: FakePorts, recorded: RecordedTable, status: Status, email: str) -> None:
    rows, _ = read_page(recorded.table, "acme", status=status, size=10, after=None, now=life.clock)

    assert [row["email"] for row in rows] == [email]
    assert recorded.calls == ["Query"]
    assert list_query("acme", status, limit=1, after=None, now=life.clock).index is Index.GSI2


def test_04_whether_an_address_is_invited_or_a_member(life: FakePorts, recorded: RecordedTable) -> None:
    keys = [invitee_key("acme", OPEN), member_key("acme", OPEN), invitee_key("acme", EMAIL), member_key("acme", EMAIL)]

    assert [row is not None for row in recorded.table.get(keys)] == [True, False, False, True]
    assert recorded.calls == ["BatchGetItem"]


def test_05_the_invitation_a_token_opens(life: FakePorts, recorded: RecordedTable) -> None:
    token = life.tokens.token(f"invitation:acme:{the_open_one(life)}:0")

    (row,) = recorded.table.get([token_key(token_hash(token))])

    assert row is not None
    assert row["invitationId"] == the_open_one(life)
    assert token not in str(row)
    assert recorded.calls == ["GetItem"]


def test_06_the_invitations_of_an_address_in_all_tenants(life: FakePorts, recorded: RecordedTable) -> None:
    query = Query(partition=f"EMAIL#{EMAIL}", low=BOTTOM, high=TOP, limit=10, index=Index.GSI1, descending=False)

    assert [row["tenantId"] for row in recorded.table.query(query)] == ["acme", "globex"]
    assert recorded.calls == ["Query"]


def test_07_a_users_tenants_and_roles(life: FakePorts, recorded: RecordedTable) -> None:
    query = Query(partition=f"USER#sub-{EMAIL}", low="MEMBERSHIP#", high=end_of("MEMBERSHIP#"), limit=10)

    assert [(row["tenantId"], row["role"]) for row in recorded.table.query(query)] == [("acme", "VIEWER")]
    assert recorded.calls == ["Query"]


def test_08_the_tenants_a_caller_may_enter(life: FakePorts, recorded: RecordedTable) -> None:
    assert [tenant.tenant_id for tenant in read_tenants(recorded.table, ["globex", "gone", "acme"])] == ["globex", "acme"]
    assert recorded.calls == ["BatchGetItem"]


def test_09_all_tenants(life: FakePorts, recorded: RecordedTable) -> None:
    assert [tenant.tenant_id for tenant in read_all_tenants(recorded.table, limit=10, after=None)] == ["acme", "globex"]
    assert [tenant.tenant_id for tenant in read_all_tenants(recorded.table, limit=10, after="acme")] == ["globex"]
    assert recorded.calls == ["Query", "Query"]


def test_10_the_answer_first_given_to_an_idempotency_key_costs_no_read_of_its_own(
    life: FakePorts, recorded: RecordedTable
) -> None:
    answer = create(on_dynamo(life, recorded), OPEN, headers={"Idempotency-Key": "k"})

    assert (answer.status, answer.headers["Idempotency-Replayed"]) == (201, "true")
    assert recorded.calls == ["BatchGetItem"]


def test_11_outbox_entries_nobody_has_dispatched(life: FakePorts, recorded: RecordedTable) -> None:
    ports = on_dynamo(life, recorded)
    young = [key for shard in range(4) for key in missed(ports, shard)]
    ports.move(seconds=61)

    found = [key for shard in range(4) for key in missed(ports, shard)]

    waiting = [row for row in life.table.of_type("OUTBOX") if row["SK"] not in {key.sk for key in young}]
    assert [key.sk for key in found if key not in young] == [row["SK"] for row in waiting]
    assert recorded.calls == ["Query"] * 8


def test_12_creates_of_a_tenant_in_this_minute_cost_no_read(life: FakePorts, recorded: RecordedTable) -> None:
    ports = on_dynamo(life, recorded)

    answer = create(ports, "one-more@x.test")

    assert problem(answer) == (429, "RATE_LIMITED")
    assert recorded.calls == ["BatchGetItem", "TransactWriteItems"]


def test_every_pattern_of_the_table_has_a_test_and_every_test_a_pattern() -> None:
    documented = re.findall(r"^ ?(\d+)   ?\S", runtime.table.__doc__ or "", re.MULTILINE)
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_access_patterns*.py")]
    tested = re.findall(r"^def test_(\d\d)_", "".join(texts), re.MULTILINE)

    assert [int(number) for number in documented] == sorted({int(number) for number in tested}) == list(range(1, 34))
