"""Letting a customer in: a tenant and its first administrator, whatever of both is there already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.access import OperatorError
from ops.tenants import Users, let_in
from runtime.tenants.domain import Tenant, TenantStatus
from runtime.tenants.rows import member_key, membership_key, tenant_key
from tests.runtime.fakes import InMemoryTable

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
ACME = Tenant(tenant_id="acme", name="Acme", status=TenantStatus.ACTIVE, tier="STANDARD")
ADMIN = "ann@acme.example"


@pytest.fixture
def table() -> InMemoryTable:
    return InMemoryTable()


@pytest.fixture
def users() -> Iterator[Users]:
    with mock_aws():
        cognito: Any = boto3.client("cognito-idp", region_name="eu-west-1")
        pool = cognito.create_user_pool(PoolName="pool", UsernameAttributes=["email"])["UserPool"]["Id"]
        yield Users(cognito=cognito, pool_id=pool)


def people(users: Users) -> list[dict[str, str]]:
    found = users.cognito.list_users(UserPoolId=users.pool_id)["Users"]
    return [{each["Name"]: each["Value"] for each in user["Attributes"]} for user in found]


def test_a_tenant_its_administrator_and_their_claims_come_together(table: InMemoryTable, users: Users) -> None:
    said = let_in(table, users, ACME, admin=" Ann@Acme.example ", now=NOW)

    (person,) = people(users)
    tenant, by_address, by_user = table.get(
        [tenant_key("acme"), member_key("acme", ADMIN), membership_key(person["sub"], "acme")]
    )
    assert said == f"acme is there, and {ADMIN} is its administrator"
    assert (person["email"], person["email_verified"]) == (ADMIN, "true")
    assert tenant is not None
    assert (tenant["name"], tenant["status"], tenant["tier"]) == ("Acme", "ACTIVE", "STANDARD")
    assert by_address is not None
    assert by_user is not None
    assert {by_address["role"], by_user["role"]} == {"ADMIN"}
    assert [row["about"]["userId"] for row in table.of_type("OUTBOX")] == [person["sub"]]


def test_the_same_again_changes_nothing(table: InMemoryTable, users: Users) -> None:
    let_in(table, users, ACME, admin=ADMIN, now=NOW)
    before = dict(table.rows)

    said = let_in(table, users, ACME, admin=ADMIN, now=NOW)

    assert said == "acme and its administrator are there already"
    assert (dict(table.rows), len(people(users))) == (before, 1)


def test_somebody_who_has_an_account_becomes_the_administrator_of_another_tenant(table: InMemoryTable, users: Users) -> None:
    let_in(table, users, ACME, admin=ADMIN, now=NOW)

    let_in(table, users, Tenant(tenant_id="globex", name="Globex", status=TenantStatus.ACTIVE), admin=ADMIN, now=NOW)

    (person,) = people(users)
    assert [row is not None for row in table.get([membership_key(person["sub"], t) for t in ("acme", "globex")])] == [True] * 2


def test_a_second_administrator_joins_a_tenant_that_is_there(table: InMemoryTable, users: Users) -> None:
    let_in(table, users, ACME, admin=ADMIN, now=NOW)

    let_in(table, users, ACME, admin="bob@acme.example", now=NOW)

    assert {person["email"] for person in people(users)} == {ADMIN, "bob@acme.example"}


def test_another_tenant_s_id_is_refused_before_anybody_gets_a_mail(table: InMemoryTable, users: Users) -> None:
    let_in(table, users, ACME, admin=ADMIN, now=NOW)
    other = Tenant(tenant_id="acme", name="Other", status=TenantStatus.ACTIVE)

    with pytest.raises(OperatorError, match="There is a tenant acme already, and it is another one: Acme, STANDARD, ACTIVE"):
        let_in(table, users, other, admin="eve@other.example", now=NOW)

    assert len(people(users)) == 1


def test_a_member_in_another_role_is_not_quietly_made_an_administrator(table: InMemoryTable, users: Users) -> None:
    let_in(table, users, ACME, admin=ADMIN, now=NOW)
    table.rows[member_key("acme", ADMIN)]["role"] = "VIEWER"

    with pytest.raises(OperatorError, match=f"{ADMIN} is a member of acme already, as VIEWER"):
        let_in(table, users, ACME, admin=ADMIN, now=NOW)


@pytest.mark.parametrize("tenant_id", ["", "Acme", "acme/1", "-acme", "a" * 64, "acme#1"])
def test_an_id_that_could_not_stand_in_an_address_is_refused(table: InMemoryTable, users: Users, tenant_id: str) -> None:
    wanted = Tenant(tenant_id=tenant_id, name="Acme", status=TenantStatus.ACTIVE)

    with pytest.raises(OperatorError, match="is no tenant's id"):
        let_in(table, users, wanted, admin=ADMIN, now=NOW)


def test_what_is_no_address_is_refused(table: InMemoryTable, users: Users) -> None:
    with pytest.raises(OperatorError, match="is no e-mail address"):
        let_in(table, users, ACME, admin="ann", now=NOW)
