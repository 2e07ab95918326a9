"""Idempotency-Key: one request, one effect, one answer, for 24 hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.route import Parameter
from runtime.invitations import handlers, routes
from runtime.invitations.rows import invitee_key
from runtime.table.port import Conflict, Key, Row
from tests.runtime.fakes import START, Answer, FakePorts, InMemoryTable, call, claims, tenants
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
    resend,
)

KEY = {"Idempotency-Key": "a key"}
REPLAYED = "Idempotency-Replayed"


def same(first: Answer, second: Answer) -> bool:
    """Whether the second answer is the first one given again."""
    replayed = {name: value for name, value in second.headers.items() if name != REPLAYED}
    return (
        REPLAYED not in first.headers
        and second.headers.get(REPLAYED) == "true"
        and (first.status, first.text, dict(first.headers)) == (second.status, second.text, replayed)
    )


def test_the_same_request_gets_the_first_answer_again(ports: FakePorts) -> None:
    first = create(ports, headers=KEY)
    ports.move(seconds=90)

    second = create(ports, headers=KEY)

    assert first.status == 201
    assert same(first, second)
    assert len(ports.table.of_type("INVITATION")) == len(ports.table.of_type("OUTBOX")) == 1


def test_a_replay_keeps_location_and_tag_whatever_happened_since(ports: FakePorts) -> None:
    first = create(ports, headers=KEY)
    cancel(ports, first.json["invitationId"])

    second = create(ports, headers=KEY)

    assert (second.headers["Location"], second.headers["ETag"]) == (first.headers["Location"], '"v1"')
    assert second.json["status"] == "PENDING"


def test_a_replay_is_correlated_with_its_own_request(ports: FakePorts) -> None:
    create(ports, headers={**KEY, "X-Correlation-Id": "first"})

    second = create(ports, headers={**KEY, "X-Correlation-Id": "second"})

    assert second.headers["X-Correlation-Id"] == "second"


def test_without_a_key_nothing_is_replayed(ports: FakePorts) -> None:
    answers = [create(ports), create(ports)]

    assert [answer.status for answer in answers] == [201, 409]
    assert not ports.table.of_type("IDEMPOTENCY")


def test_a_resend_is_repeated_in_word_only(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)

    first, second = resend(ports, invitation_id, headers=KEY), resend(ports, invitation_id, headers=KEY)

    assert same(first, second)
    assert get(ports, invitation_id).json["resendCount"] == 1


@pytest.mark.parametrize("answer_it", [accept, decline])
def test_an_invitees_answer_is_repeated_in_word_only(ports: FakePorts, answer_it: Any) -> None:
    invited(ports)
    token = mailed_token(ports)

    first, second, without_key = (
        answer_it(ports, token, headers=KEY),
        answer_it(ports, token, headers=KEY),
        answer_it(ports, token),
    )

    assert first.status == 200
    assert same(first, second)
    assert without_key.status == 404


def test_another_body_with_the_same_key_is_refused(ports: FakePorts) -> None:
    create(ports, "one@x.test", headers=KEY)

    answer = create(ports, "two@x.test", headers=KEY)

    assert problem(answer) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert create(ports, "one@x.test", headers=KEY).headers[REPLAYED] == "true"


def test_another_path_of_the_route_with_the_same_key_is_refused(ports: FakePorts) -> None:
    one, two = invited(ports, "one@x.test"), invited(ports, "two@x.test")
    ports.move(seconds=60)
    resend(ports, one, headers=KEY)

    answer = resend(ports, two, headers=KEY)

    assert problem(answer) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert get(ports, two).json["resendCount"] == 0


def test_another_query_with_the_same_key_is_refused_and_the_order_of_parameters_says_nothing(ports: FakePorts) -> None:
    parameters = (Parameter(name="dryRun", description="", one_of=("true", "false")), Parameter(name="note", description=""))
    asked = endpoint(replace(routes.CREATE, query=parameters))(handlers.create._function)
    event: dict[str, Any] = {"parameters": {"tenantId": "acme"}, "body": {"email": EMAIL, "role": "VIEWER"}, "headers": KEY}
    first = call(asked, ports, query="dryRun=false&note=a%26b", **event)

    others = [call(asked, ports, query=query, **event) for query in ("dryRun=true&note=a%26b", "", "dryRun=false&note=a&b=")]
    again = call(asked, ports, query="note=a%26b&dryRun=false", **event)

    assert [answer.status for answer in others] == [422, 422, 400]
    assert same(first, again)


SCOPES: dict[str, dict[str, Any]] = {
    "another caller": {"email": "two@x.test", "caller": claims(email="other-admin@acme.test")},
    "another tenant": {"tenant": "globex", "caller": STAFF},
    "another key": {"email": "two@x.test", "headers": {"Idempotency-Key": "A key"}},
}


@pytest.mark.parametrize("request_of", SCOPES.values(), ids=SCOPES)
def test_a_key_is_the_callers_own_in_one_tenant(ports: FakePorts, request_of: dict[str, Any]) -> None:
    create(ports, headers=KEY, caller=STAFF)
    keyed: dict[str, Any] = {"headers": KEY} | {name: value for name, value in request_of.items() if name != "email"}

    answer = create(ports, request_of.get("email", EMAIL), **keyed)

    assert (answer.status, answer.headers.get(REPLAYED)) == (201, None)


def test_a_key_is_one_routes_own(ports: FakePorts) -> None:
    invitation_id = create(ports, headers=KEY).json["invitationId"]
    ports.move(seconds=60)

    answer = resend(ports, invitation_id, headers=KEY)

    assert (answer.status, answer.headers.get(REPLAYED)) == (200, None)


@pytest.mark.parametrize(("seconds", "status", "replayed"), [(-1, 201, "true"), (0, 409, None)])
def test_a_key_is_free_again_after_24_hours_though_its_record_still_lies_there(
    ports: FakePorts, seconds: int, status: int, replayed: str | None
) -> None:
    ports.clock = START.replace(microsecond=0)
    create(ports, headers=KEY)
    (record,) = ports.table.of_type("IDEMPOTENCY")
    ports.move(hours=24, seconds=seconds)

    answer = create(ports, headers=KEY)

    assert (answer.status, answer.headers.get(REPLAYED)) == (status, replayed)
    assert record["ttl"] == int(ports.clock.timestamp()) - seconds


def test_a_key_that_is_free_again_takes_another_request_and_keeps_that_answer(ports: FakePorts) -> None:
    create(ports, "one@x.test", headers=KEY)
    ports.move(hours=24)

    first, second = create(ports, "two@x.test", headers=KEY), create(ports, "two@x.test", headers=KEY)

    assert first.status == 201
    assert same(first, second)


def test_a_final_refusal_is_given_again_even_when_it_would_not_be_made_now(ports: FakePorts) -> None:
    live = invited(ports)
    first = create(ports, headers=KEY)
    cancel(ports, live)

    second = create(ports, headers=KEY)

    assert problem(first) == (409, "DUPLICATE_INVITATION")
    assert same(first, second)


def test_a_final_refusal_on_a_key_that_is_free_again_is_kept_too(ports: FakePorts) -> None:
    create(ports, "one@x.test", headers=KEY)
    ports.move(hours=24)
    invited(ports)

    first, second = create(ports, headers=KEY), create(ports, headers=KEY)

    assert problem(first) == (409, "DUPLICATE_INVITATION")
    assert same(first, second)


def test_a_cooldown_is_not_kept_so_that_the_same_request_succeeds_later(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    refused = resend(ports, invitation_id, headers=KEY)
    ports.move(seconds=60)

    answer = resend(ports, invitation_id, headers=KEY)

    assert problem(refused) == (429, "RESEND_COOLDOWN")
    assert (answer.status, answer.headers.get(REPLAYED)) == (200, None)


def test_a_full_minute_is_not_kept_so_that_the_same_request_succeeds_later() -> None:
    ports = portal(creates_per_minute=1)
    invited(ports, "other@x.test")
    refused = create(ports, headers=KEY)
    ports.move(seconds=60)

    answer = create(ports, headers=KEY)

    assert problem(refused) == (429, "RATE_LIMITED")
    assert (answer.status, answer.headers.get(REPLAYED)) == (201, None)


def test_a_request_that_is_malformed_takes_no_key(ports: FakePorts) -> None:
    create(ports, "nobody", headers=KEY)

    assert create(ports, headers=KEY).status == 201


def test_two_requests_with_one_key_at_once_create_one_thing_and_get_one_answer(ports: FakePorts) -> None:
    other: list[Answer] = []
    ports.table.before_commit = lambda: other.append(create(ports, headers=KEY))

    answer = create(ports, headers=KEY)

    assert other[0].status == 201
    assert same(other[0], answer)
    assert len(ports.table.of_type("INVITATION")) == 1


def test_two_different_requests_with_one_key_at_once_are_one_creation_and_one_refusal(ports: FakePorts) -> None:
    other: list[Answer] = []
    ports.table.before_commit = lambda: other.append(create(ports, "one@x.test", headers=KEY))

    answer = create(ports, "two@x.test", headers=KEY)

    assert other[0].status == 201
    assert problem(answer) == (422, "IDEMPOTENCY_KEY_REUSED")


class TornReads(InMemoryTable):
    """A batch read is no snapshot: the address's guard is read just after another request has committed."""

    other: Any = None

    def get(self, keys: Any) -> list[Row | None]:
        rows = super().get(keys)
        guard: Key = invitee_key("acme", "new@person.test")
        if guard in keys and self.other:
            race, self.other = self.other, None
            race()
            rows[list(keys).index(guard)] = self.rows[guard]
        return rows


def test_a_request_that_meets_its_own_twins_change_gets_the_twins_answer() -> None:
    table = TornReads(*tenants())
    ports = FakePorts(table)
    twin: list[Answer] = []
    table.other = lambda: twin.append(create(ports, headers=KEY))

    answer = create(ports, headers=KEY)

    assert twin[0].status == 201
    assert same(twin[0], answer)


class Contended(InMemoryTable):
    """Others win the same rows a number of times."""

    losses = 0

    def commit(self, writes: Any) -> None:
        if self.losses:
            self.losses -= 1
            raise Conflict("TransactionConflict")
        super().commit(writes)


@pytest.mark.parametrize("losses", [1, 7])
def test_a_lost_race_is_tried_again(losses: int) -> None:
    table = Contended(*tenants())
    table.losses = losses

    assert create(FakePorts(table)).status == 201


@pytest.mark.parametrize(("headers", "code"), [({}, "WRITE_CONFLICT"), (KEY, "IDEMPOTENCY_IN_FLIGHT")])
def test_whoever_loses_every_race_is_told_to_come_back(headers: dict[str, str], code: str) -> None:
    table = Contended(*tenants())
    table.losses = 8
    ports = FakePorts(table)

    answer, later = create(ports, headers=headers), create(ports, headers=headers)

    assert problem(answer) == (409, code)
    assert answer.headers["Retry-After"] == "1"
    assert later.status == 201
