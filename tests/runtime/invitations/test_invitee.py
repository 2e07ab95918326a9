"""The invitee's side: accepting as whoever was invited, declining as whoever holds the token."""

from __future__ import annotations

import pytest

from runtime.hateoas_endpoint.route import Role
from runtime.invitations.rows import token_key
from runtime.invitations.token import token_hash
from runtime.tenants.domain import Membership, TenantStatus
from runtime.tenants.rows import member_key, membership_key, membership_rows, tenant_key
from tests.runtime.fakes import START, FakePorts, claims
from tests.runtime.stories import (
    EMAIL,
    accept,
    cancel,
    decline,
    get,
    invited,
    listed,
    mailed_token,
    person,
    problem,
    resend,
    stored,
    write,
)

NOT_FOUND = (404, "INVITATION_NOT_FOUND")


@pytest.fixture
def token(ports: FakePorts) -> str:
    """The token in the mail of the one invitation there is."""
    invited(ports, role="OPERATOR")
    return mailed_token(ports)


def test_accepting_makes_the_membership_in_the_transaction_that_consumes_the_token(ports: FakePorts, token: str) -> None:
    commits = ports.table.calls["commit"]

    answer = accept(ports, token)

    assert (answer.status, answer.json["status"], answer.json["role"]) == (200, "ACCEPTED", "OPERATOR")
    assert ports.table.calls["commit"] == commits + 1
    sides = [member_key("acme", EMAIL), membership_key(f"sub-{EMAIL}", "acme")]
    assert [ports.table.rows[side]["role"] for side in sides] == ["USER", "USER"]
    assert token_key(token_hash(token)) not in ports.table.rows


def test_an_accepted_invitation_shows_as_accepted(ports: FakePorts, token: str) -> None:
    accepted = accept(ports, token).json

    document = get(ports, accepted["invitationId"]).json

    assert document["status"] == "ACCEPTED"
    assert document["updatedAt"] == accepted["acceptedAt"]


@pytest.mark.parametrize("spelling", [EMAIL.upper(), f" {EMAIL}", EMAIL.title()])
def test_the_invited_address_is_compared_in_lower_case(ports: FakePorts, token: str, spelling: str) -> None:
    assert accept(ports, token, caller=person(spelling)).status == 200


@pytest.mark.parametrize(
    "caller",
    [person("other@person.test"), person(email_verified="false"), person(email_verified=""), claims()],
    ids=["another address", "not verified", "nothing said of it", "the one who invited"],
)
def test_nobody_else_accepts_an_invitation(ports: FakePorts, token: str, caller: dict[str, str]) -> None:
    answer = accept(ports, token, caller=caller)

    assert problem(answer) == (403, "FORBIDDEN")
    assert accept(ports, token).status == 200


def test_declining_needs_no_sign_in_and_keeps_the_reason_to_itself(ports: FakePorts, token: str) -> None:
    answer = decline(ports, token, body={"token": token, "reason": "I am <busy>"})

    (row,) = ports.table.of_type("INVITATION")
    assert (answer.status, answer.json["status"]) == (200, "DECLINED")
    assert row["declineReason"] == "I am <busy>"
    assert EMAIL not in answer.text
    assert "busy" not in answer.text


@pytest.mark.parametrize("reason", ["r" * 501, "bell\x07", 7], ids=["too long", "control character", "number"])
def test_a_reason_out_of_bounds_is_refused_and_the_token_stays(ports: FakePorts, token: str, reason: object) -> None:
    answer = decline(ports, token, body={"token": token, "reason": reason})

    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert answer.json["errors"][0]["pointer"] == "/reason"
    assert decline(ports, token).status == 200


def test_unknown_used_and_cancelled_tokens_all_get_the_same_answer(ports: FakePorts, token: str) -> None:
    accept(ports, token)
    cancelled = invited(ports, "second@x.test")
    cancelled_token = mailed_token(ports)
    cancel(ports, cancelled)
    invited(ports, "third@x.test")
    declined_token = mailed_token(ports)
    decline(ports, declined_token)
    resent = invited(ports, "fourth@x.test")
    replaced_token = mailed_token(ports)
    ports.move(seconds=60)
    resend(ports, resent)
    dead = [token, cancelled_token, declined_token, replaced_token, "unknown", "x" * 43]

    answers = {(accept(ports, each).text, accept(ports, each).status) for each in dead}
    refusals = {(decline(ports, each).text, decline(ports, each).status) for each in dead}

    assert len(answers) == len(refusals) == 1
    assert problem(accept(ports, token)) == problem(decline(ports, token)) == NOT_FOUND


def test_a_genuine_expired_token_is_gone_until_a_resend(ports: FakePorts, token: str) -> None:
    (row,) = ports.table.of_type("INVITATION")
    ports.move(days=7)

    answers = [accept(ports, token), decline(ports, token)]
    resend(ports, row["invitationId"])

    assert [problem(answer) for answer in answers] == [(410, "INVITATION_EXPIRED")] * 2
    assert accept(ports, mailed_token(ports)).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(-0.001, 200), (0, 410)])
def test_a_token_opens_until_the_very_moment_of_expiry(ports: FakePorts, token: str, seconds: float, status: int) -> None:
    ports.clock = START
    ports.move(days=7, seconds=seconds)

    assert accept(ports, token).status == status


def test_only_a_post_consumes(ports: FakePorts, token: str) -> None:
    invitation_id = ports.table.of_type("INVITATION")[0]["invitationId"]

    get(ports, invitation_id)
    listed(ports, "status=PENDING")

    assert stored(ports, invitation_id).settled == "PENDING"
    assert accept(ports, token).status == 200


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.CLOSED])
@pytest.mark.parametrize("answer_it", [accept, decline])
def test_a_tenant_that_is_not_active_takes_no_answer(
    ports: FakePorts, token: str, answer_it: object, status: TenantStatus
) -> None:
    ports.table.rows[tenant_key("acme")]["status"] = status.value

    refused = answer_it(ports, token)  # type: ignore[operator]
    ports.table.rows[tenant_key("acme")]["status"] = TenantStatus.ACTIVE.value

    assert problem(refused) == (422, "TENANT_NOT_ACTIVE")
    assert answer_it(ports, token).status == 200  # type: ignore[operator]


def test_a_tenant_that_is_suspended_meanwhile_gets_no_member(ports: FakePorts, token: str) -> None:
    ports.table.before_commit = lambda: ports.table.rows[tenant_key("acme")].update(status="SUSPENDED")

    assert problem(accept(ports, token)) == (422, "TENANT_NOT_ACTIVE")
    assert not ports.table.of_type("MEMBERSHIP")


def test_somebody_who_is_a_member_already_does_not_accept(ports: FakePorts, token: str) -> None:
    same = Membership(tenant_id="acme", user_id=f"sub-{EMAIL}", email="old@x.test", role=Role.VIEWER, joined_at=START)
    write(ports, *membership_rows(same))

    assert problem(accept(ports, token)) == (409, "USER_ALREADY_MEMBER")


def test_what_the_invitee_sees_links_to_where_they_may_go_on(ports: FakePorts, token: str) -> None:
    document = accept(ports, token).json

    assert document["_links"]["self"] == {
        "href": "/invitations/accept",
        "method": "POST",
        "title": document["_links"]["self"]["title"],
    }
    assert document["_links"]["entry"]["href"] == "/"
