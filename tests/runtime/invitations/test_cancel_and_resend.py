"""Cancelling an invitation, and sending it again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.clock import parse_iso
from runtime.hateoas_endpoint.route import Role
from runtime.tenants.domain import Membership, TenantStatus
from runtime.tenants.rows import membership_rows, tenant_key
from tests.runtime.fakes import START, FakePorts, InMemoryTable
from tests.runtime.stories import (
    EMAIL,
    accept,
    cancel,
    create,
    decline,
    deliver,
    get,
    invited,
    mailed_token,
    mailed_tokens,
    problem,
    resend,
    write,
)


def suspend(ports: FakePorts) -> None:
    ports.table.rows[tenant_key("acme")]["status"] = TenantStatus.SUSPENDED.value


def settle(ports: FakePorts, status: str) -> str:
    """An invitation of a status that has been reached."""
    invitation_id = invited(ports)
    token = mailed_token(ports)
    match status:
        case "ACCEPTED":
            accept(ports, token)
        case "DECLINED":
            decline(ports, token)
        case "CANCELLED":
            cancel(ports, invitation_id)
        case "EXPIRED":
            ports.move(days=7)
    assert get(ports, invitation_id).json["status"] == status
    return invitation_id


def test_a_pending_invitation_is_cancelled_and_shown(ports: FakePorts) -> None:
    invitation_id = invited(ports)

    answer = cancel(ports, invitation_id)

    assert (answer.status, answer.json["status"]) == (200, "CANCELLED")
    assert get(ports, invitation_id).json == answer.json


@pytest.mark.parametrize(
    ("status", "transitions"), [("ACCEPTED", []), ("DECLINED", []), ("CANCELLED", []), ("EXPIRED", ["PENDING"])]
)
def test_only_a_pending_invitation_is_cancelled(ports: FakePorts, status: str, transitions: list[str]) -> None:
    invitation_id = settle(ports, status)

    answer = cancel(ports, invitation_id)

    assert problem(answer) == (422, "INVALID_STATE")
    assert (answer.json["currentStatus"], answer.json["allowedTransitions"]) == (status, transitions)


def test_cancelling_is_allowed_in_a_tenant_that_is_not_active(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    suspend(ports)

    assert cancel(ports, invitation_id).json["status"] == "CANCELLED"


def test_the_token_of_a_cancelled_invitation_opens_nothing(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    token = mailed_token(ports)

    cancel(ports, invitation_id)

    assert problem(accept(ports, token)) == problem(decline(ports, token)) == (404, "INVITATION_NOT_FOUND")


@pytest.mark.parametrize("days", [0, 7, 30])
def test_a_resend_makes_it_pending_for_another_seven_days(ports: FakePorts, days: int) -> None:
    invitation_id = invited(ports)
    ports.move(days=days, seconds=60)

    answer = resend(ports, invitation_id)

    assert (answer.status, answer.json["status"], answer.json["resendCount"]) == (200, "PENDING", 1)
    assert parse_iso(answer.json["expiresAt"]) == ports.clock + timedelta(days=7)
    assert answer.json["delivery"] == {"status": "QUEUED"}


def test_a_resend_kills_the_old_token_and_mails_a_new_one(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    old = mailed_token(ports)
    ports.move(seconds=60)

    resend(ports, invitation_id)

    new = mailed_token(ports)
    assert old != new
    assert problem(accept(ports, old)) == (404, "INVITATION_NOT_FOUND")
    assert accept(ports, new).status == 200


@pytest.mark.parametrize(("seconds", "retry_after"), [(0, "60"), (0.001, "60"), (59, "1"), (59.999, "1")])
def test_a_resend_waits_sixty_seconds_from_the_last_mail(ports: FakePorts, seconds: float, retry_after: str) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=seconds)

    answer = resend(ports, invitation_id)

    assert problem(answer) == (429, "RESEND_COOLDOWN")
    assert answer.headers["Retry-After"] == retry_after
    assert answer.json["until"] == "2026-11-23T09:31:15.250Z"


def test_the_wait_is_over_at_sixty_seconds(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)

    assert resend(ports, invitation_id).status == 200


def test_the_wait_counts_from_the_moment_the_mail_really_left(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=50)
    deliver(ports)
    ports.move(seconds=59)

    answer = resend(ports, invitation_id)

    assert problem(answer) == (429, "RESEND_COOLDOWN")
    assert answer.headers["Retry-After"] == "1"


def test_an_invitation_is_resent_three_times_at_most(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    sent = []
    for _ in range(3):
        ports.move(seconds=60)
        sent.append(resend(ports, invitation_id).status)
    ports.move(days=7)

    answer = resend(ports, invitation_id)

    assert sent == [200, 200, 200]
    assert problem(answer) == (422, "RESEND_LIMIT_EXCEEDED")
    assert "resend" not in get(ports, invitation_id).json["_links"]


@pytest.mark.parametrize("status", ["ACCEPTED", "DECLINED", "CANCELLED"])
def test_a_settled_invitation_is_not_resent(ports: FakePorts, status: str) -> None:
    invitation_id = settle(ports, status)
    ports.move(seconds=60)

    answer = resend(ports, invitation_id)

    assert problem(answer) == (422, "INVALID_STATE")
    assert (answer.json["currentStatus"], answer.json["allowedTransitions"]) == (status, [])


def test_a_resend_is_a_write_that_a_suspended_tenant_refuses(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    suspend(ports)

    assert problem(resend(ports, invitation_id)) == (422, "TENANT_NOT_ACTIVE")


SUSPENDED_REFUSALS = {
    "PENDING": (None, (422, "TENANT_NOT_ACTIVE")),
    "EXPIRED": ((422, "INVALID_STATE"), (422, "TENANT_NOT_ACTIVE")),
    "ACCEPTED": ((422, "INVALID_STATE"), (422, "INVALID_STATE")),
    "CANCELLED": ((422, "INVALID_STATE"), (422, "INVALID_STATE")),
}


@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize("status", SUSPENDED_REFUSALS)
def test_in_a_suspended_tenant_the_links_tell_the_truth_too(ports: FakePorts, status: str, seconds: int) -> None:
    invitation_id = settle(ports, status)
    ports.move(seconds=seconds)
    suspend(ports)

    document = get(ports, invitation_id).json

    for relation, change, refusal in zip(("cancel", "resend"), (cancel, resend), SUSPENDED_REFUSALS[status], strict=True):
        said = document.get("_unavailable", {}).get(relation, {}).get("code")
        assert (relation in document["_links"], said) == (refusal is None, refusal and refusal[1])
        if refusal:
            assert problem(change(ports, invitation_id)) == refusal
        else:
            assert change(FakePorts(InMemoryTable(*ports.table.rows.values()), clock=ports.clock), invitation_id).status == 200


def test_a_tenant_that_is_suspended_meanwhile_resends_nothing(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    ports.table.before_commit = lambda: suspend(ports)

    assert problem(resend(ports, invitation_id)) == (422, "TENANT_NOT_ACTIVE")


def test_an_invitation_of_somebody_who_became_a_member_otherwise_is_not_resent(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    member = Membership(tenant_id="acme", user_id="u", email=EMAIL, role=Role.VIEWER, joined_at=START)
    write(ports, *membership_rows(member))

    assert problem(resend(ports, invitation_id)) == (409, "USER_ALREADY_MEMBER")


def test_an_expired_invitation_is_not_resent_beside_its_successor_and_says_which_that_is(ports: FakePorts) -> None:
    old = invited(ports)
    ports.move(days=7)
    successor = create(ports)

    answer = resend(ports, old)

    assert problem(answer) == (409, "DUPLICATE_INVITATION")
    assert answer.json["_links"]["existing"]["href"] == successor.json["_links"]["self"]["href"]


def test_a_mail_that_waits_is_not_sent_beside_the_one_of_the_resend(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    resend(ports, invitation_id)

    deliver(ports)

    assert len(mailed_tokens(ports)) == 1
    assert accept(ports, mailed_tokens(ports)[0]).status == 200


@pytest.mark.parametrize("change", [cancel, resend])
def test_what_does_not_exist_is_not_changed(ports: FakePorts, change: object) -> None:
    answer = change(ports, "inv-01a207bd-e552-7000-8000-0000000000ff")  # type: ignore[operator]

    assert problem(answer) == (404, "INVITATION_NOT_FOUND")
