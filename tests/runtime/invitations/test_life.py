"""Any life of invitations, step by step beside a simple model, through the HTTP handlers and with a clock that moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.runtime.fakes import Answer, FakePorts, InMemoryTable
from tests.runtime.stories import (
    accept,
    cancel,
    create,
    decline,
    deliver,
    get,
    listed,
    mailed_tokens,
    portal,
    problem,
    resend,
)

EMAILS = ("ann@x.test", "bob@x.test")
STATUSES = ("PENDING", "ACCEPTED", "DECLINED", "CANCELLED", "EXPIRED")
WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)
STEPS = [timedelta(milliseconds=1), timedelta(seconds=30), MINUTE - timedelta(milliseconds=1), MINUTE, timedelta(days=3)]
STEPS += [WEEK - MINUTE, WEEK - timedelta(milliseconds=1), WEEK]
picks = st.integers(0, 99)


@dataclass
class Modelled:
    """An invitation as the contract tells its life."""

    invitation_id: str
    email: str
    expires_at: datetime
    last_mail: datetime
    settled: str = "PENDING"
    resends: int = 0
    superseded: bool = False
    mailed: dict[int, str] = field(default_factory=dict)
    """The tokens that were mailed, by the number of resends before."""

    def status(self, now: datetime) -> str:
        return "EXPIRED" if self.settled == "PENDING" and now >= self.expires_at else self.settled

    def cancelling(self, now: datetime) -> str | None:
        return None if self.status(now) == "PENDING" else "INVALID_STATE"

    def resending(self, now: datetime) -> str | None:
        if self.status(now) not in {"PENDING", "EXPIRED"}:
            return "INVALID_STATE"
        if self.superseded:
            return "DUPLICATE_INVITATION"
        if self.resends == 3:
            return "RESEND_LIMIT_EXCEEDED"
        return "RESEND_COOLDOWN" if now < self.last_mail + MINUTE else None

    def opening(self, resends: int, now: datetime) -> str | None:
        """What stands in the way of the token that was mailed after so many resends."""
        if resends < self.resends or self.settled != "PENDING":
            return "INVITATION_NOT_FOUND"
        return "INVITATION_EXPIRED" if self.status(now) == "EXPIRED" else None


class Life(RuleBasedStateMachine):
    """Two addresses of one tenant, and everything that can happen to their invitations."""

    @initialize()
    def begin(self) -> None:
        self.ports = portal(creates_per_minute=1_000)
        self.model: list[Modelled] = []
        self.members: set[str] = set()
        self.seen: dict[tuple[str, str], str] = {}

    @property
    def now(self) -> datetime:
        return self.ports.clock

    def picked(self, pick: int) -> Modelled:
        return self.model[-1 - pick % len(self.model)]

    def live(self, email: str) -> list[Modelled]:
        return [each for each in self.model if each.email == email and each.status(self.now) == "PENDING"]

    @rule(email=st.sampled_from(EMAILS))
    def create(self, email: str) -> None:
        live = self.live(email)
        expected = "USER_ALREADY_MEMBER" if email in self.members else "DUPLICATE_INVITATION" if live else None

        answer = create(self.ports, email)

        assert outcome(answer) == expected
        if live:
            assert answer.json["_links"]["existing"]["href"].endswith(live[0].invitation_id)
        if expected is None:
            for each in self.model:
                each.superseded |= each.email == email and each.status(self.now) == "EXPIRED"
            self.model.append(Modelled(answer.json["invitationId"], email, self.now + WEEK, self.now))

    @precondition(lambda self: self.model)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        each = self.picked(pick)
        expected = each.cancelling(self.now)

        assert outcome(cancel(self.ports, each.invitation_id)) == expected
        if expected is None:
            each.settled = "CANCELLED"

    @precondition(lambda self: self.model)
    @rule(pick=st.integers(0, 1), rested=st.booleans())
    def resend(self, pick: int, rested: bool) -> None:
        each = self.picked(pick)
        self.ports.clock += MINUTE if rested else timedelta(0)
        expected = each.resending(self.now)

        assert outcome(resend(self.ports, each.invitation_id)) == expected
        if expected is None:
            each.resends += 1
            each.expires_at, each.last_mail = self.now + WEEK, self.now

    @precondition(lambda self: any(each.mailed for each in self.model))
    @rule(pick=picks, accepting=st.booleans())
    def open_a_mailed_token(self, pick: int, accepting: bool) -> None:
        mailed = [(each, resends, token) for each in self.model for resends, token in each.mailed.items()]
        each, resends, token = mailed[-1 - pick % len(mailed)]
        expected = each.opening(resends, self.now)

        answer = accept(self.ports, token, email=each.email) if accepting else decline(self.ports, token)

        assert outcome(answer) == expected
        if expected is None:
            each.settled = "ACCEPTED" if accepting else "DECLINED"
            self.members |= {each.email} if accepting else set()

    @rule()
    def let_the_mail_leave(self) -> None:
        before = len(self.ports.mailer.sent)

        deliver(self.ports)

        for mail, token in list(zip(self.ports.mailer.sent, mailed_tokens(self.ports), strict=True))[before:]:
            (each,) = self.live(mail.to)
            assert each.resends not in each.mailed, "a mail is sent once"
            each.mailed[each.resends] = token
            each.last_mail = self.now

    @rule(step=st.sampled_from(STEPS))
    def let_time_pass(self, step: timedelta) -> None:
        self.ports.clock += step

    @invariant()
    def get_list_and_filter_agree_on_the_status(self) -> None:
        whole = items(self.ports, "pageSize=100")
        filtered = {status: items(self.ports, f"pageSize=100&status={status}") for status in STATUSES}

        assert [item["invitationId"] for item in whole] == [each.invitation_id for each in reversed(self.model)]
        assert sum(map(len, filtered.values())) == len(whole)
        for each, item in zip(reversed(self.model), whole, strict=True):
            assert item["status"] == each.status(self.now)
            assert item in filtered[each.status(self.now)]

    @invariant()
    def the_tag_changes_whenever_the_document_does(self) -> None:
        for each, item in zip(reversed(self.model), items(self.ports, "pageSize=100"), strict=True):
            answer = get(self.ports, each.invitation_id)
            known = self.seen.setdefault((each.invitation_id, answer.headers["ETag"]), answer.text)
            assert known == answer.text
            assert answer.json == item

    @invariant()
    def an_address_has_one_live_invitation_at_most_and_none_as_a_member(self) -> None:
        pending = [item["email"] for item in items(self.ports, "pageSize=100&status=PENDING")]

        assert len(pending) == len(set(pending))
        assert not set(pending) & self.members

    @invariant()
    def no_member_has_a_live_token(self) -> None:
        pending = {each.invitation_id: each.email for each in self.model if each.settled == "PENDING"}
        live = {each.invitation_id for each in self.model if each.status(self.now) == "PENDING"}
        opened = [row["invitationId"] for row in self.ports.table.of_type("TOKEN")]

        assert sorted(opened) == sorted(pending), "every unsettled invitation has one token, and no other has any"
        assert not {pending[each] for each in opened if each in live} & self.members

    @invariant()
    def the_links_tell_the_truth(self) -> None:
        actions: dict[str, Callable[..., Answer]] = {"cancel": cancel, "resend": resend}
        for each in self.model[-2:]:
            document = get(self.ports, each.invitation_id).json
            for relation, act in actions.items():
                refused = outcome(act(a_copy(self.ports), each.invitation_id))
                assert (relation in document["_links"]) == (refused is None)
                assert document.get("_unavailable", {}).get(relation, {}).get("code") == refused


def outcome(answer: Answer) -> str | None:
    """The code of a refusal, None for a success."""
    return None if answer.status < 300 else problem(answer)[1]


def items(ports: FakePorts, query: str) -> list[Any]:
    return list(listed(ports, query).json["_embedded"]["invitations"])


def a_copy(ports: FakePorts) -> FakePorts:
    """The same world once more, in which something may be tried."""
    return FakePorts(InMemoryTable(*ports.table.rows.values()), clock=ports.clock, drawn=ports.drawn)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=30)
