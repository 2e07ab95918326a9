"""Inviting somebody: POST /tenants/{tenantId}/invitations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from runtime.clock import iso, parse_iso
from runtime.hateoas_endpoint.route import Role
from runtime.tenants.domain import Membership, TenantStatus
from runtime.tenants.rows import membership_rows
from tests.runtime.fakes import START, FakePorts, InMemoryTable, tenants
from tests.runtime.stories import (
    EMAIL,
    STAFF,
    accept,
    cancel,
    create,
    decline,
    get,
    invited,
    mailed_token,
    portal,
    problem,
    stored,
    write,
)


def test_an_invitation_is_created_pending_for_exactly_seven_days(ports: FakePorts) -> None:
    answer = create(ports)

    assert answer.status == 201
    assert answer.json["status"] == "PENDING"
    assert parse_iso(answer.json["expiresAt"]) - parse_iso(answer.json["createdAt"]) == timedelta(days=7)
    assert answer.json["delivery"] == {"status": "QUEUED"}
    assert answer.json["createdBy"] == "sub-admin@acme.test"


def test_the_location_leads_to_what_was_created(ports: FakePorts) -> None:
    answer = create(ports)

    assert answer.headers["Location"] == answer.json["_links"]["self"]["href"]
    assert get(ports, answer.headers["Location"].rsplit("/", 1)[-1]).json == answer.json


def test_the_address_is_trimmed_and_compared_in_lower_case(ports: FakePorts) -> None:
    first = create(ports, "  New@Person.TEST ")
    second = create(ports, "new@person.test")

    assert first.json["email"] == "new@person.test"
    assert problem(second) == (409, "DUPLICATE_INVITATION")


@pytest.mark.parametrize("role", ["ADMIN", "OPERATOR", "VIEWER"])
def test_the_three_roles_can_be_given(ports: FakePorts, role: str) -> None:
    answer = create(ports, role=role)

    assert answer.json["role"] == role
    assert get(ports, answer.json["invitationId"]).json["role"] == role


VALID = {
    "the longest address": {"email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 61}"},
    "an apostrophe": {"email": "o'neill+tag@x.test"},
    "the longest message": {"message": "m" * 500},
    "a message of characters outside the basic plane": {"message": "🎉" * 500},
    "a message of several lines": {"message": "Dear\tyou,\r\nwelcome"},
    "no message": {"message": None},
}


@pytest.mark.parametrize("fields", VALID.values(), ids=VALID)
def test_a_body_within_the_bounds_is_taken(ports: FakePorts, fields: dict[str, Any]) -> None:
    assert create(ports, body={"email": EMAIL, "role": "VIEWER"} | fields).status == 201


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "an address too long": ({"email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 62}"}, "/email"),
    "no address": ({"email": "nobody"}, "/email"),
    "an empty address": ({"email": ""}, "/email"),
    "a domain without a dot": ({"email": "a@localhost"}, "/email"),
    "two addresses": ({"email": "a@b.test,c@d.test"}, "/email"),
    "a header in the address": ({"email": "a@b.test\r\nBcc: c@d.test"}, "/email"),
    "a line break after the address": ({"email": "a@b.test\n"}, "/email"),
    "a NUL in the address": ({"email": "a\x00@b.test"}, "/email"),
    "an address with a name": ({"email": "A <a@b.test>"}, "/email"),
    "an address that is a number": ({"email": 7}, "/email"),
    "an address that is null": ({"email": None}, "/email"),
    "an address that is a list": ({"email": [EMAIL]}, "/email"),
    "a role that nobody invites": ({"role": "STAFF"}, "/role"),
    "a role by its other name": ({"role": "USER"}, "/role"),
    "a role in lower case": ({"role": "admin"}, "/role"),
    "a role that is null": ({"role": None}, "/role"),
    "a role that is an object": ({"role": {"name": "ADMIN"}}, "/role"),
    "a message too long": ({"message": "m" * 501}, "/message"),
    "a message with a control character": ({"message": "bell\x07"}, "/message"),
    "a message that is a number": ({"message": 1}, "/message"),
}


@pytest.mark.parametrize(("fields", "pointer"), INVALID.values(), ids=INVALID)
def test_a_body_outside_the_bounds_is_refused(ports: FakePorts, fields: dict[str, Any], pointer: str) -> None:
    answer = create(ports, body={"email": EMAIL, "role": "VIEWER"} | fields)

    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, "INVALID_VALUE")]


def test_a_second_live_invitation_for_an_address_is_refused_with_a_link_to_the_first(ports: FakePorts) -> None:
    first = create(ports)

    answer = create(ports)

    assert problem(answer) == (409, "DUPLICATE_INVITATION")
    assert answer.json["_links"]["existing"]["href"] == first.json["_links"]["self"]["href"]


def test_another_tenant_may_invite_the_same_address(ports: FakePorts) -> None:
    invited(ports)

    assert create(ports, tenant="globex", caller=STAFF).status == 201


def test_a_cancelled_address_can_be_invited_again_at_once(ports: FakePorts) -> None:
    cancel(ports, invited(ports))

    assert create(ports).status == 201


def test_an_address_that_declined_can_be_invited_again(ports: FakePorts) -> None:
    invited(ports)
    decline(ports, mailed_token(ports))

    assert create(ports).status == 201


@pytest.mark.parametrize(("seconds", "status"), [(-0.001, 409), (0, 201)])
def test_an_address_is_free_from_the_very_moment_its_invitation_expires(ports: FakePorts, seconds: float, status: int) -> None:
    invited(ports)
    ports.move(days=7, seconds=seconds)

    assert create(ports).status == status


def test_an_expired_invitation_whose_address_was_invited_anew_names_its_successor(ports: FakePorts) -> None:
    old = invited(ports)
    ports.move(days=7)
    new = invited(ports)

    assert stored(ports, old).superseded_by == new
    unavailable = get(ports, old).json["_unavailable"]["resend"]
    assert unavailable["code"] == "DUPLICATE_INVITATION"
    assert unavailable["blockedBy"]["href"].endswith(new)


def test_somebody_who_accepted_is_a_member_and_not_invited_again(ports: FakePorts) -> None:
    invited(ports)
    accept(ports, mailed_token(ports))

    assert problem(create(ports)) == (409, "USER_ALREADY_MEMBER")


def test_somebody_who_becomes_a_member_meanwhile_is_not_invited(ports: FakePorts) -> None:
    member = Membership(tenant_id="acme", user_id="u", email=EMAIL, role=Role.VIEWER, joined_at=START)
    ports.table.before_commit = lambda: write(ports, *membership_rows(member))

    assert problem(create(ports)) == (409, "USER_ALREADY_MEMBER")
    assert not ports.table.of_type("INVITATION")


def test_a_member_of_another_tenant_can_be_invited() -> None:
    elsewhere = Membership(tenant_id="globex", user_id="u", email=EMAIL, role=Role.VIEWER, joined_at=START)
    ports = portal(*membership_rows(elsewhere))

    assert create(ports).status == 201


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.CLOSED])
def test_a_tenant_that_is_not_active_invites_nobody(status: TenantStatus) -> None:
    ports = FakePorts(InMemoryTable(*tenants(acme=status)))

    assert problem(create(ports)) == (422, "TENANT_NOT_ACTIVE")


def test_a_tenant_that_is_suspended_meanwhile_invites_nobody(ports: FakePorts) -> None:
    (acme, _) = ports.table.of_type("TENANT")
    ports.table.before_commit = lambda: acme.update(status="SUSPENDED")

    assert problem(create(ports)) == (422, "TENANT_NOT_ACTIVE")
    assert not ports.table.of_type("INVITATION")


def test_a_tenant_creates_so_many_invitations_a_minute_and_no_more() -> None:
    ports = portal(creates_per_minute=3)
    created = [create(ports, f"person-{number}@x.test").status for number in range(3)]

    answer = create(ports, "one-too-many@x.test")

    assert created == [201, 201, 201]
    assert problem(answer) == (429, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "45"
    assert create(ports, "elsewhere@x.test", tenant="globex", caller=STAFF).status == 201


def test_after_the_wait_a_limited_tenant_may_create_again() -> None:
    ports = portal(creates_per_minute=1)
    invited(ports)
    refused = create(ports, "other@x.test")

    ports.move(seconds=int(refused.headers["Retry-After"]))

    assert create(ports, "other@x.test").status == 201


def test_refused_creates_do_not_count_against_the_limit() -> None:
    ports = portal(creates_per_minute=2)
    invited(ports)
    refused = [create(ports).status for _ in range(5)]

    assert refused == [409] * 5
    assert create(ports, "other@x.test").status == 201


def test_the_mail_is_queued_in_the_same_commit_and_a_refusal_queues_none(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    create(ports)

    (entry,) = ports.table.of_type("OUTBOX")
    assert entry["about"]["invitationId"] == invitation_id
    assert ports.table.calls["commit"] == 1


def test_the_creation_names_the_moment_in_whole_milliseconds(ports: FakePorts) -> None:
    ports.clock = START.replace(microsecond=123_999)

    answer = create(ports)

    assert answer.json["createdAt"] == iso(START.replace(microsecond=123_000))
