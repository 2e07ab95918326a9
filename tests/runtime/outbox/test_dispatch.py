"""Carrying out the outbox: once, under a lease, with retries that end, and with the outcome where users see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.outbox.dispatch import LEASE, MAX_ATTEMPTS, Outcome, PermanentFault, TransientFault
from runtime.outbox.performers import dispatch
from runtime.table.port import Key, key_of
from tests.runtime.conftest import Log
from tests.runtime.fakes import Answer, FakePorts
from tests.runtime.stories import (
    accept,
    cancel,
    decline,
    deliver,
    get,
    invited,
    mailed_token,
    mailed_tokens,
    resend,
)

LATER = TransientFault("The mail service could not be reached.")


def waiting(ports: FakePorts) -> list[Key]:
    return [key_of(row) for row in ports.table.of_type("OUTBOX")]


def test_a_mail_is_sent_once_and_its_entry_is_gone(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    (key,) = waiting(ports)

    first, second = dispatch(ports).carry_out(key), dispatch(ports).carry_out(key)

    assert (first, second) == (Outcome.DONE, Outcome.NOT_OURS)
    assert len(ports.mailer.sent) == 1
    assert waiting(ports) == []
    assert get(ports, invitation_id).json["delivery"] == {"status": "SENT"}


def test_the_moment_of_the_mail_is_shown(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=5)
    deliver(ports)

    document = get(ports, invitation_id).json

    assert document["lastSentAt"] == document["updatedAt"] == "2026-11-23T09:30:20.250Z"


@pytest.mark.parametrize(("after", "outcome"), [(0, Outcome.NOT_OURS), (59.999, Outcome.NOT_OURS), (60, Outcome.DONE)])
def test_an_entry_that_somebody_is_at_is_left_to_them_for_the_lease(ports: FakePorts, after: float, outcome: Outcome) -> None:
    invited(ports)
    (key,) = waiting(ports)
    assert dispatch(ports)._claim(key) is not None

    ports.move(seconds=after)

    assert LEASE.total_seconds() == 60
    assert dispatch(ports).carry_out(key) is outcome


def test_of_two_that_claim_at_once_one_carries_out(ports: FakePorts) -> None:
    invited(ports)
    (key,) = waiting(ports)
    other: list[Outcome] = []
    ports.table.before_commit = lambda: other.append(dispatch(ports).carry_out(key))

    outcome = dispatch(ports).carry_out(key)

    assert (other, outcome) == ([Outcome.DONE], Outcome.NOT_OURS)
    assert len(ports.mailer.sent) == 1


class Crash(BaseException):
    """The function dies, and no handler of its own sees why."""


def test_after_a_crash_between_sending_and_noting_the_same_link_is_sent_again(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    (key,) = waiting(ports)
    dispatcher = dispatch(ports)

    def crash() -> None:
        ports.table.before_commit = crash_now

    def crash_now() -> None:
        raise Crash

    ports.table.before_commit = crash
    with pytest.raises(Crash):
        dispatcher.carry_out(key)
    assert dispatch(ports).carry_out(key) is Outcome.NOT_OURS
    ports.move(seconds=60)
    outcome = dispatch(ports).carry_out(key)

    assert outcome is Outcome.DONE
    assert len(ports.mailer.sent) == 2
    assert ports.mailer.sent[0] == ports.mailer.sent[1]
    assert get(ports, invitation_id).json["delivery"] == {"status": "SENT"}
    assert accept(ports, mailed_tokens(ports)[0]).status == 200


def test_a_transient_fault_leaves_the_entry_for_another_attempt(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.mailer.faults = [LATER]

    outcomes = [*deliver(ports), *deliver(ports)]

    assert outcomes == [Outcome.LATER, Outcome.DONE]
    assert get(ports, invitation_id).json["delivery"] == {"status": "SENT"}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(LATER, LATER.reason), (RuntimeError("arn:aws:ses:secret"), "An internal fault.")],
    ids=["of the mail service", "of ours"],
)
def test_an_effect_is_given_up_after_its_attempts_and_says_why(ports: FakePorts, fault: Exception, reason: str) -> None:
    invitation_id = invited(ports)
    ports.mailer.faults = [fault] * MAX_ATTEMPTS

    outcomes = [outcome for _ in range(MAX_ATTEMPTS) for outcome in deliver(ports)]

    assert outcomes == [Outcome.LATER] * (MAX_ATTEMPTS - 1) + [Outcome.GIVEN_UP]
    assert get(ports, invitation_id).json["delivery"] == {"status": "FAILED", "reason": reason}
    assert waiting(ports) == []


def test_an_effect_whose_function_died_each_time_is_given_up(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    (entry,) = ports.table.of_type("OUTBOX")
    ports.table.rows[key_of(entry)]["attempts"] = MAX_ATTEMPTS

    outcomes = deliver(ports)

    assert outcomes == [Outcome.GIVEN_UP]
    assert ports.mailer.sent == []
    assert get(ports, invitation_id).json["delivery"]["status"] == "FAILED"


def test_a_permanent_fault_is_given_up_at_once(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.mailer.faults = [PermanentFault("The mail service refused the message.")]

    assert deliver(ports) == [Outcome.GIVEN_UP]
    assert get(ports, invitation_id).json["delivery"]["reason"] == "The mail service refused the message."
    assert waiting(ports) == []


def test_an_invitation_whose_mail_failed_can_be_resent_and_its_mail_then_leaves(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.mailer.faults = [PermanentFault("no")]
    deliver(ports)
    ports.move(seconds=60)

    answer = resend(ports, invitation_id)

    assert answer.json["delivery"] == {"status": "QUEUED"}
    assert accept(ports, mailed_token(ports)).status == 200


def test_a_fault_of_the_mail_never_fails_the_request(ports: FakePorts) -> None:
    ports.mailer.faults = [LATER] * 99

    assert get(ports, invited(ports)).json["status"] == "PENDING"


NEEDLESS: dict[str, Callable[[FakePorts, str], Any]] = {
    "cancelled": lambda ports, invitation_id: cancel(ports, invitation_id),
    "declined": lambda ports, invitation_id: decline(ports, ports.tokens.token(f"invitation:acme:{invitation_id}:0")),
    "expired": lambda ports, _: ports.move(days=7),
}


@pytest.mark.parametrize("meanwhile", NEEDLESS.values(), ids=NEEDLESS)
def test_no_mail_is_sent_of_what_is_no_longer_pending_and_its_entry_is_gone(
    ports: FakePorts, meanwhile: Callable[[FakePorts, str], Any]
) -> None:
    invitation_id = invited(ports)
    meanwhile(ports, invitation_id)

    deliver(ports)

    assert ports.mailer.sent == []
    assert waiting(ports) == []
    assert get(ports, invitation_id).json["delivery"]["status"] != "SENT"


def test_of_a_resent_invitation_only_the_newest_mail_is_sent(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    resend(ports, invitation_id)

    deliver(ports)

    assert len(ports.mailer.sent) == 1
    assert waiting(ports) == []
    assert accept(ports, mailed_tokens(ports)[0]).status == 200


def test_a_mail_that_leaves_while_its_invitation_is_resent_is_not_noted_on_the_new_one(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    (key,) = waiting(ports)
    dispatcher = dispatch(ports)
    entry = dispatcher._claim(key)
    assert entry is not None
    resent: list[Answer] = []
    ports.table.before_commit = lambda: resent.append(resend(ports, invitation_id))

    dispatcher._finish(entry, dispatcher.performers[entry.effect], failure=None)

    assert resent[0].status == 200
    assert get(ports, invitation_id).json["delivery"] == {"status": "QUEUED"}
    assert len(waiting(ports)) == 1


def test_no_token_lies_in_a_row_or_a_log_or_an_answer(ports: FakePorts, log: Log) -> None:
    answers = [get(ports, invited(ports)).text]
    ports.mailer.faults = [LATER]
    deliver(ports)
    deliver(ports)
    (token,) = mailed_tokens(ports)
    (row,) = ports.table.of_type("INVITATION")
    rows = str(ports.table.rows)

    answers += [get(ports, row["invitationId"]).text, accept(ports, "wrong").text, decline(ports, token + "x").text]
    answers += [accept(ports, token).text, accept(ports, token).text, decline(ports, token).text]

    assert log.lines
    assert not any(token in text for text in (rows, str(ports.table.rows), log.text, *answers))
    assert row["tokenHash"] not in " ".join(answers) + log.text


def test_no_mail_address_and_no_message_is_logged(ports: FakePorts, log: Log) -> None:
    invited(ports, body={"email": "new@person.test", "role": "VIEWER", "message": "A private word"})
    ports.mailer.faults = [LATER]
    deliver(ports)
    accept(ports, mailed_token(ports))
    deliver(ports)

    assert log.lines
    assert "private word" not in log.text
    assert "new@person.test" not in log.text.replace("sub-new@person.test", "the fakes' subject")
