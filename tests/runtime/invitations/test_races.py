"""Requests at the same time: real threads on one table, and the worst moment each time, just before a commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from threading import Barrier, Thread
from typing import Any

import pytest

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.invitations import handlers
from runtime.ports import Ports
from tests.runtime.fakes import Answer, FakePorts
from tests.runtime.stories import (
    EMAIL,
    accept,
    answer_in_thread,
    cancel,
    create,
    decline,
    get,
    invited,
    listed,
    mailed_token,
    person,
    portal,
    problem,
    resend,
)

ROUNDS = 100
Request = tuple[Endpoint, dict[str, Any]]


def at_once(ports: Ports, *requests: Request) -> list[tuple[int, Mapping[str, Any]]]:
    """Answer requests in threads that start together; the answers in the order of the requests."""
    answers: dict[int, tuple[int, Mapping[str, Any]]] = {}
    start = Barrier(len(requests))

    def run(number: int, endpoint: Endpoint, event: dict[str, Any]) -> None:
        start.wait()
        answers[number] = answer_in_thread(endpoint, ports, **event)

    threads = [Thread(target=run, args=(number, *request)) for number, request in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(requests))]


def assert_no_member_has_a_live_token(ports: FakePorts) -> None:
    pending = {row["invitationId"]: row["email"] for row in ports.table.of_type("INVITATION") if row["status"] == "PENDING"}
    opened = {pending[row["invitationId"]] for row in ports.table.of_type("TOKEN") if row["invitationId"] in pending}
    members = {row["email"] for row in ports.table.of_type("MEMBERSHIP")}
    assert not opened & members


def test_of_two_creates_for_one_address_one_wins_each_time() -> None:
    results = []
    for _ in range(ROUNDS):
        ports = portal()
        body = {"parameters": {"tenantId": "acme"}, "body": {"email": EMAIL, "role": "VIEWER"}}

        answers = at_once(ports, (handlers.create, body), (handlers.create, body))

        results.append(sorted(status for status, _ in answers))
        (won,) = (document for status, document in answers if status == 201)
        (lost,) = (document for status, document in answers if status == 409)
        assert lost["code"] == "DUPLICATE_INVITATION"
        assert lost["_links"]["existing"]["href"] == won["_links"]["self"]["href"]
        assert len(ports.table.of_type("INVITATION")) == len(ports.table.of_type("TOKEN")) == 1

    assert results == [[201, 409]] * ROUNDS


def test_of_two_creates_with_one_key_both_get_the_one_creation_each_time() -> None:
    for _ in range(ROUNDS):
        ports = portal()
        keyed = {
            "parameters": {"tenantId": "acme"},
            "body": {"email": EMAIL, "role": "VIEWER"},
            "headers": {"Idempotency-Key": "k"},
        }

        answers = at_once(ports, (handlers.create, keyed), (handlers.create, keyed))

        assert [status for status, _ in answers] == [201, 201]
        assert answers[0] == answers[1]
        assert len(ports.table.of_type("INVITATION")) == 1


def test_a_limit_of_three_lets_three_of_eight_creates_through() -> None:
    ports = portal(creates_per_minute=3)
    requests = [
        (handlers.create, {"parameters": {"tenantId": "acme"}, "body": {"email": f"p{number}@x.test", "role": "VIEWER"}})
        for number in range(8)
    ]

    answers = at_once(ports, *requests)

    assert Counter(status for status, _ in answers) == {201: 3, 429: 5}
    assert len(ports.table.of_type("INVITATION")) == 3


LOSES: dict[str, tuple[Endpoint, set[tuple[int, int]]]] = {
    "cancel": (handlers.cancel, {(200, 422), (404, 200)}),
    "resend": (handlers.resend, {(200, 422), (404, 200)}),
}


@pytest.mark.parametrize(("rival", "outcomes"), LOSES.values(), ids=LOSES)
def test_an_accept_and_a_rival_have_one_winner_and_leave_no_member_with_a_live_token(
    rival: Endpoint, outcomes: set[tuple[int, int]]
) -> None:
    for _ in range(ROUNDS):
        ports = portal()
        invitation_id = invited(ports)
        token = mailed_token(ports)
        ports.move(seconds=60)
        accepting = (handlers.accept, {"body": {"token": token}, "caller": person()})
        rivalling = (rival, {"parameters": {"tenantId": "acme", "invitationId": invitation_id}})

        (accepted, _), (rivalled, _) = at_once(ports, accepting, rivalling)

        assert (accepted, rivalled) in outcomes
        assert bool(ports.table.of_type("MEMBERSHIP")) == (accepted == 200)
        assert_no_member_has_a_live_token(ports)


def test_two_accepts_make_one_membership() -> None:
    for _ in range(ROUNDS):
        ports = portal()
        invited(ports)
        accepting = (handlers.accept, {"body": {"token": mailed_token(ports)}, "caller": person()})

        answers = at_once(ports, accepting, accepting)

        assert sorted(status for status, _ in answers) == [200, 404]
        assert len(ports.table.of_type("MEMBERSHIP")) == 2, "the tenant's side and the user's"


def test_two_resends_send_one_mail() -> None:
    for _ in range(ROUNDS):
        ports = portal()
        invitation_id = invited(ports)
        ports.move(seconds=60)
        resending = (handlers.resend, {"parameters": {"tenantId": "acme", "invitationId": invitation_id}})

        answers = at_once(ports, resending, resending)

        assert sorted(status for status, _ in answers) == [200, 429]
        assert get(ports, invitation_id).json["resendCount"] == 1
        assert len(ports.table.of_type("TOKEN")) == 1


Race = Callable[[FakePorts, str, str], Answer]
FIRST: dict[str, tuple[Race, str]] = {
    "accept": (lambda ports, _, token: accept(ports, token), "ACCEPTED"),
    "decline": (lambda ports, _, token: decline(ports, token), "DECLINED"),
    "cancel": (lambda ports, invitation_id, _: cancel(ports, invitation_id), "CANCELLED"),
    "resend": (lambda ports, invitation_id, _: resend(ports, invitation_id), "PENDING"),
}
REFUSALS = {
    ("accept", "accept"): (404, "INVITATION_NOT_FOUND"),
    ("accept", "decline"): (404, "INVITATION_NOT_FOUND"),
    ("accept", "cancel"): (422, "INVALID_STATE"),
    ("accept", "resend"): (422, "INVALID_STATE"),
    ("decline", "accept"): (404, "INVITATION_NOT_FOUND"),
    ("decline", "decline"): (404, "INVITATION_NOT_FOUND"),
    ("decline", "cancel"): (422, "INVALID_STATE"),
    ("decline", "resend"): (422, "INVALID_STATE"),
    ("cancel", "accept"): (404, "INVITATION_NOT_FOUND"),
    ("cancel", "decline"): (404, "INVITATION_NOT_FOUND"),
    ("cancel", "cancel"): (422, "INVALID_STATE"),
    ("cancel", "resend"): (422, "INVALID_STATE"),
    ("resend", "accept"): (404, "INVITATION_NOT_FOUND"),
    ("resend", "decline"): (404, "INVITATION_NOT_FOUND"),
    ("resend", "resend"): (429, "RESEND_COOLDOWN"),
}


@pytest.mark.parametrize(("winner", "loser"), REFUSALS)
def test_whoever_commits_second_decides_anew_on_what_is_then(ports: FakePorts, winner: str, loser: str) -> None:
    invitation_id = invited(ports)
    token = mailed_token(ports)
    ports.move(seconds=60)
    (win, status), (lose, _) = FIRST[winner], FIRST[loser]
    won: list[Answer] = []
    ports.table.before_commit = lambda: won.append(win(ports, invitation_id, token))

    lost = lose(ports, invitation_id, token)

    assert won[0].status == 200
    assert problem(lost) == REFUSALS[winner, loser]
    assert get(ports, invitation_id).json["status"] == status
    assert_no_member_has_a_live_token(ports)


def test_a_cancel_that_a_resend_overtakes_cancels_what_was_resent(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    resent: list[Answer] = []
    ports.table.before_commit = lambda: resent.append(resend(ports, invitation_id))

    answer = cancel(ports, invitation_id)

    assert resent[0].status == 200
    assert (answer.status, answer.json["resendCount"]) == (200, 1)
    assert not ports.table.of_type("TOKEN")


@pytest.mark.parametrize("first", ["create", "resend"])
def test_a_resend_of_an_expired_invitation_and_a_new_one_for_its_address_leave_one_live(ports: FakePorts, first: str) -> None:
    old = invited(ports)
    ports.move(days=7)
    actions: dict[str, Callable[[], Answer]] = {"create": lambda: create(ports), "resend": lambda: resend(ports, old)}
    overtaking: list[Answer] = []
    ports.table.before_commit = lambda: overtaking.append(actions.pop(first)())
    (other,) = (action for name, action in actions.items() if name != first)

    answer = other()

    assert overtaking[0].status in {200, 201}
    assert problem(answer) == (409, "DUPLICATE_INVITATION")
    assert listed(ports, "status=PENDING").json["count"] == 1
