"""The rules of an invitation's life, each at its boundary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role
from runtime.invitations.domain import (
    LIFETIME,
    RESEND_COOLDOWN,
    RESEND_LIMIT,
    TRANSITIONS,
    Delivery,
    DeliveryStatus,
    Invitation,
    Status,
    invite,
)
from runtime.tenants.domain import Tenant, TenantStatus
from tests.runtime.fakes import START

MILLISECOND = timedelta(milliseconds=1)
EXPIRY = START + timedelta(days=7)
RESTED = START + timedelta(seconds=60)
ACME = Tenant(tenant_id="acme", name="Acme", status=TenantStatus.ACTIVE)
SUSPENDED = replace(ACME, status=TenantStatus.SUSPENDED)
Change = Callable[[Invitation, datetime], Invitation]
CHANGES: dict[str, tuple[Change, Status]] = {
    "accepted": (Invitation.accepted, Status.ACCEPTED),
    "declined": (Invitation.declined, Status.DECLINED),
    "cancelled": (Invitation.cancelled, Status.CANCELLED),
    "resent": (lambda subject, now: subject.resent(now, tenant=ACME), Status.PENDING),
}


def invitation(*, role: Role = Role.VIEWER, by_role: Role = Role.ADMIN, now: datetime = START) -> Invitation:
    return invite(
        invitation_id="inv-1", tenant_id="acme", email="a@b.test", role=role, message=None, by="sub-1", by_role=by_role, now=now
    )


def of(status: Status) -> tuple[Invitation, datetime]:
    """An invitation of a status, and a moment at which it has it and no cooldown."""
    if status is Status.EXPIRED:
        return invitation(), EXPIRY
    return replace(invitation(), settled=status), RESTED


def code_of(change: Change, subject: Invitation, now: datetime) -> Code:
    with pytest.raises(BusinessException) as raised:
        change(subject, now)
    return raised.value.code


def test_the_numbers_are_those_of_the_contract() -> None:
    assert (timedelta(days=7), timedelta(minutes=1), 3) == (LIFETIME, RESEND_COOLDOWN, RESEND_LIMIT)


def test_a_new_invitation_is_pending_and_its_mail_queued() -> None:
    new = invitation()

    assert (new.status(START), new.resend_count, new.delivery) == (Status.PENDING, 0, Delivery(DeliveryStatus.QUEUED))
    assert new.created_at == new.updated_at == new.last_sent_at == START
    assert new.expires_at == EXPIRY


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (START, Status.PENDING),
        (EXPIRY - MILLISECOND, Status.PENDING),
        (EXPIRY, Status.EXPIRED),
        (EXPIRY + LIFETIME, Status.EXPIRED),
    ],
)
def test_a_pending_invitation_is_expired_from_exactly_seven_days_on(moment: datetime, status: Status) -> None:
    assert invitation().status(moment) is status


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.DECLINED, Status.CANCELLED])
def test_what_is_settled_does_not_expire(status: Status) -> None:
    assert of(status)[0].status(EXPIRY + LIFETIME) is status


def test_the_table_of_transitions_is_that_of_the_contract() -> None:
    settled = (Status.ACCEPTED, Status.DECLINED, Status.CANCELLED)

    assert set(TRANSITIONS[Status.PENDING]) == {*settled, Status.EXPIRED}
    assert TRANSITIONS[Status.EXPIRED] == (Status.PENDING,)
    assert [TRANSITIONS[status] for status in settled] == [()] * 3


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("status", Status)
def test_what_the_table_allows_happens_and_what_it_does_not_is_refused(status: Status, change: str) -> None:
    subject, now = of(status)
    apply, target = CHANGES[change]

    if target in TRANSITIONS[status] or (change == "resent" and status is Status.PENDING):
        assert apply(subject, now).status(now) is target
    elif status is Status.EXPIRED and change in {"accepted", "declined"}:
        assert code_of(apply, subject, now) is Code.INVITATION_EXPIRED
    else:
        assert code_of(apply, subject, now) is Code.INVALID_STATE


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.EXPIRED])
def test_a_refusal_by_state_names_the_status_and_where_it_leads(status: Status) -> None:
    subject, now = of(status)

    refusal = subject.cancel_refusal(now)

    assert refusal is not None
    assert refusal.extra == {"currentStatus": status, "allowedTransitions": [*TRANSITIONS[status]]}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.USER, Role.ADMIN])
@pytest.mark.parametrize("by_role", Role)
def test_nobody_invites_above_their_own_role(role: Role, by_role: Role) -> None:
    if role.rank <= by_role.rank:
        assert invitation(role=role, by_role=by_role).role is role
    else:
        with pytest.raises(BusinessException, match="FORBIDDEN"):
            invitation(role=role, by_role=by_role)


@pytest.mark.parametrize(("moment", "code"), [(RESTED - MILLISECOND, Code.RESEND_COOLDOWN), (RESTED, None)])
def test_the_cooldown_ends_at_exactly_sixty_seconds(moment: datetime, code: Code | None) -> None:
    refusal = invitation().resend_refusal(moment, tenant=ACME)

    assert (refusal and refusal.code) is code


def test_the_cooldown_says_until_when() -> None:
    refusal = invitation().resend_refusal(START + timedelta(seconds=18.5), tenant=ACME)

    assert refusal is not None
    assert refusal.extra == {"until": "2026-11-23T09:31:15.250Z"}
    assert refusal.headers == {"Retry-After": "42"}


@pytest.mark.parametrize("resends", [0, 1, 2, 3])
def test_three_resends_and_no_more(resends: int) -> None:
    refusal = replace(invitation(), resend_count=resends).resend_refusal(RESTED, tenant=ACME)

    assert (refusal and refusal.code) is (Code.RESEND_LIMIT_EXCEEDED if resends == 3 else None)


def test_the_limit_is_told_before_the_cooldown_which_would_end() -> None:
    assert code_of(CHANGES["resent"][0], replace(invitation(), resend_count=3), START) is Code.RESEND_LIMIT_EXCEEDED


def test_a_tenant_that_is_not_active_is_told_before_the_cooldown_which_would_end() -> None:
    refusal = invitation().resend_refusal(START, tenant=SUSPENDED)

    assert refusal is not None
    assert refusal.code is Code.TENANT_NOT_ACTIVE


@pytest.mark.parametrize("moment", [RESTED, EXPIRY - MILLISECOND, EXPIRY, EXPIRY + LIFETIME])
def test_a_resend_gives_another_seven_days_and_another_token(moment: datetime) -> None:
    before = replace(invitation(), delivery=Delivery(DeliveryStatus.FAILED, "why"))

    after = before.resent(moment, tenant=ACME)

    assert (after.expires_at, after.last_sent_at, after.resend_count) == (moment + LIFETIME, moment, 1)
    assert after.delivery == Delivery(DeliveryStatus.QUEUED)
    assert after.token_material != before.token_material


def test_the_token_of_one_mail_is_always_the_same() -> None:
    subject = invitation()

    assert subject.delivered(RESTED, Delivery(DeliveryStatus.SENT)).token_material == subject.token_material


def test_what_was_superseded_is_not_resent() -> None:
    subject = replace(invitation(), superseded_by="inv-2")

    assert code_of(CHANGES["resent"][0], subject, EXPIRY) is Code.DUPLICATE_INVITATION


@pytest.mark.parametrize(
    ("delivery", "last_sent_at"),
    [(Delivery(DeliveryStatus.SENT), RESTED), (Delivery(DeliveryStatus.FAILED, "why"), START)],
)
def test_only_a_mail_that_left_begins_the_cooldown_anew(delivery: Delivery, last_sent_at: datetime) -> None:
    noted = invitation().delivered(RESTED, delivery)

    assert (noted.delivery, noted.last_sent_at, noted.expires_at) == (delivery, last_sent_at, EXPIRY)


def test_the_version_counts_the_clocks_two_changes_like_writes() -> None:
    moments = [START, RESTED - MILLISECOND, RESTED, EXPIRY - MILLISECOND, EXPIRY, EXPIRY + LIFETIME]

    assert [invitation().version_at(moment) for moment in moments] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("change", CHANGES)
def test_a_decision_is_a_new_version_and_remembers_which(change: str) -> None:
    subject = invitation()

    after = CHANGES[change][0](subject, RESTED)

    assert after.version_at(RESTED) == after.decided_version == subject.version_at(RESTED) + 1


def test_a_mails_progress_is_a_new_version_that_nobody_decided() -> None:
    noted = invitation().delivered(RESTED, Delivery(DeliveryStatus.SENT))

    assert (noted.version, noted.decided_version) == (3, 1)


STEPS = st.sampled_from([*CHANGES, "sent", "failed"])
WAITS = st.sampled_from([timedelta(0), MILLISECOND, timedelta(seconds=59.999), timedelta(seconds=60), timedelta(days=7)])


@given(life=st.lists(st.tuples(STEPS, WAITS), max_size=12))
def test_versions_rise_with_every_change_and_with_the_clock_and_never_fall(life: list[tuple[str, timedelta]]) -> None:
    subject, now = invitation(), START
    seen = [(subject.version_at(now), subject.status(now), subject)]

    for step, wait in life:
        now += wait
        seen.append((subject.version_at(now), subject.status(now), subject))
        try:
            subject = _stepped(subject, step, now)
        except BusinessException:
            continue
        seen.append((subject.version_at(now), subject.status(now), subject))

    for (earlier, was, before), (later, then, after) in pairwise(seen):
        assert later >= earlier
        assert later > earlier or (was, before) == (then, after)
        assert after.decided_version <= after.version <= later


def _stepped(subject: Invitation, step: str, now: datetime) -> Invitation:
    match step:
        case "sent":
            return subject.delivered(now, Delivery(DeliveryStatus.SENT))
        case "failed":
            return subject.delivered(now, Delivery(DeliveryStatus.FAILED, "why"))
    return CHANGES[step][0](subject, now)
