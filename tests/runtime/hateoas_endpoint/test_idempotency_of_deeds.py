"""Idempotency-Key where something is done outside the table: decided once, done as often as it takes, answered once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from runtime.hateoas_endpoint.endpoint import Endpoint, endpoint
from runtime.hateoas_endpoint.idempotency import LEASE_SECONDS, perform
from runtime.hateoas_endpoint.problem import BusinessException, Code, ProblemException
from runtime.hateoas_endpoint.representation import Representation
from runtime.hateoas_endpoint.route import Access, Route
from runtime.table.unit import Unit
from runtime.tenants.rows import tenant_key
from tests.runtime.fakes import Answer, FakePorts, call, claims
from tests.runtime.stories import problem

KEY = {"Idempotency-Key": "a key"}
REPLAYED = "Idempotency-Replayed"
ROUTE = Route(
    name="Count",
    method="POST",
    path="/count",
    relation="count",
    title="Count",
    handler="tests",
    response="tests",
    access=Access.SIGNED_IN,
)


class Killed(BaseException):
    """The function's process dies here."""


@dataclass
class Counting:
    """Something outside that is counted up: what is decided is the number it is to be. ``faults`` are raised one by one."""

    number: int = 0
    parts: list[str] = field(default_factory=list)
    faults: dict[str, list[BaseException]] = field(default_factory=dict)
    meanwhile: Callable[[], Any] | None = None

    def prepare(self, unit: Unit) -> None:
        unit.get(tenant_key("acme"))
        self._at("prepare")

    def decide(self) -> Mapping[str, Any]:
        self._at("decide")
        return {"number": self.number + 1}

    def carry_out(self, intent: Mapping[str, Any]) -> Representation:
        self._at("before it is done")
        self.number = intent["number"]
        self._at("done")
        if self.meanwhile:
            race, self.meanwhile = self.meanwhile, None
            race()
        return Representation(document={"number": self.number})

    def _at(self, part: str) -> None:
        self.parts.append(part)
        if waiting := self.faults.get(part):
            raise waiting.pop(0)


def counted(ports: FakePorts, deed: Counting, **options: Any) -> Answer:
    route: Endpoint = endpoint(ROUTE)(lambda request, given: perform(request, given, deed))
    return call(route, ports, headers=KEY, **options)


def test_a_deed_is_done_once_and_its_answer_given_again(ports: FakePorts) -> None:
    deed = Counting()

    first, second = counted(ports, deed), counted(ports, deed)

    assert (first.json, second.json, deed.number) == ({"number": 1}, {"number": 1}, 1)
    assert (REPLAYED in first.headers, second.headers.get(REPLAYED)) == (False, "true")
    assert deed.parts == ["prepare", "decide", "before it is done", "done"]


def test_without_a_key_every_request_does_it_and_nothing_is_written(ports: FakePorts) -> None:
    deed = Counting()
    route = endpoint(ROUTE)(lambda request, given: perform(request, given, deed))

    answers = [call(route, ports), call(route, ports)]

    assert [answer.json["number"] for answer in answers] == [1, 2]
    assert ports.table.calls == {"get": 2}


def test_with_a_key_it_costs_no_read_more_and_two_writes(ports: FakePorts) -> None:
    counted(ports, Counting())

    assert ports.table.calls == {"get": 1, "commit": 2}


@pytest.mark.parametrize("part", ["prepare", "decide", "before it is done", "done"])
def test_killed_at_any_part_it_comes_to_the_same_when_it_is_repeated_after_the_lease(ports: FakePorts, part: str) -> None:
    deed = Counting(faults={part: [Killed()]})
    with pytest.raises(Killed):
        counted(ports, deed)
    ports.move(seconds=LEASE_SECONDS)

    first, second = counted(ports, deed), counted(ports, deed)

    assert (first.json, second.json, deed.number) == ({"number": 1}, {"number": 1}, 1)
    assert (REPLAYED in first.headers, second.headers.get(REPLAYED)) == (False, "true")


@pytest.mark.parametrize(
    ("part", "in_flight"), [("prepare", False), ("decide", False), ("before it is done", True), ("done", True)]
)
def test_who_repeats_it_during_the_lease_is_told_to_come_back(ports: FakePorts, part: str, in_flight: bool) -> None:
    deed = Counting(faults={part: [Killed()]})
    with pytest.raises(Killed):
        counted(ports, deed)
    ports.move(seconds=LEASE_SECONDS - 1)

    answer = counted(ports, deed)

    assert answer.status == (409 if in_flight else 200)
    assert not in_flight or (problem(answer)[1], answer.headers["Retry-After"]) == ("IDEMPOTENCY_IN_FLIGHT", "1")


def test_who_repeats_it_while_it_is_done_is_told_to_come_back(ports: FakePorts) -> None:
    deed = Counting()
    others: list[Answer] = []
    deed.meanwhile = lambda: others.append(counted(ports, deed))

    answer = counted(ports, deed)

    assert (answer.status, problem(others[0])) == (200, (409, "IDEMPOTENCY_IN_FLIGHT"))
    assert deed.number == 1


def test_of_two_who_decide_at_once_one_does_it(ports: FakePorts) -> None:
    deed = Counting()
    others: list[Answer] = []
    ports.table.before_commit = lambda: others.append(counted(ports, deed))

    answer = counted(ports, deed)

    assert (others[0].json, problem(answer)) == ({"number": 1}, (409, "IDEMPOTENCY_IN_FLIGHT"))
    assert counted(ports, deed).text == others[0].text
    assert deed.number == 1


def test_of_two_who_take_it_up_at_once_one_does_it(ports: FakePorts) -> None:
    deed = Counting(faults={"done": [Killed()]})
    with pytest.raises(Killed):
        counted(ports, deed)
    ports.move(seconds=LEASE_SECONDS)
    others: list[Answer] = []
    ports.table.before_commit = lambda: others.append(counted(ports, deed))

    answer = counted(ports, deed)

    assert (others[0].json, problem(answer)) == ({"number": 1}, (409, "IDEMPOTENCY_IN_FLIGHT"))


def test_who_was_only_thought_dead_answers_and_the_answer_that_was_kept_stays(ports: FakePorts) -> None:
    deed = Counting()
    others: list[Answer] = []

    def taken_up() -> None:
        ports.move(seconds=LEASE_SECONDS)
        others.append(counted(ports, deed, request_id="request-2"))

    deed.meanwhile = taken_up

    answer = counted(ports, deed)

    assert (answer.json, others[0].json, deed.number) == ({"number": 1}, {"number": 1}, 1)
    assert counted(ports, deed).headers[REPLAYED] == "true"


FAULTS = [
    ProblemException(Code.WP_001, "It does not answer."),
    BusinessException(Code.PLUG_004, "It is busy."),
    RuntimeError("?"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("part", ["before it is done", "done"])
def test_after_a_fault_that_passes_the_same_is_done_again_at_once(ports: FakePorts, part: str, fault: Exception) -> None:
    deed = Counting(faults={part: [fault]})
    failed = counted(ports, deed)

    first, second = counted(ports, deed), counted(ports, deed)

    assert failed.status in {409, 500, 502}
    assert (first.json, REPLAYED in first.headers, deed.number) == ({"number": 1}, False, 1)
    assert second.headers[REPLAYED] == "true"


@pytest.mark.parametrize("part", ["prepare", "decide", "before it is done", "done"])
def test_a_refusal_for_good_is_given_again_wherever_it_was_made(ports: FakePorts, part: str) -> None:
    deed = Counting(faults={part: [BusinessException(Code.PLUG_001, "It is gone.")]})

    first, second = counted(ports, deed), counted(ports, deed)

    assert (problem(first), second.text, second.headers.get(REPLAYED)) == ((404, "PLUG_001"), first.text, "true")


def test_a_refusal_of_who_takes_it_up_again_is_not_kept(ports: FakePorts) -> None:
    deed = Counting(faults={"done": [Killed()]})
    with pytest.raises(Killed):
        counted(ports, deed)
    ports.move(seconds=LEASE_SECONDS)
    deed.faults["prepare"] = [BusinessException(Code.SITE_005, "It is suspended.")]

    refused, answer = counted(ports, deed), counted(ports, deed)

    assert problem(refused) == (422, "SITE_005")
    assert (answer.status, REPLAYED in answer.headers, deed.number) == (200, False, 1)


def test_another_body_is_refused_before_and_after_the_answer(ports: FakePorts) -> None:
    deed = Counting(faults={"done": [Killed()]})
    with pytest.raises(Killed):
        counted(ports, deed)
    before = counted(ports, deed, body="{}")
    ports.move(seconds=LEASE_SECONDS)
    counted(ports, deed)

    assert [problem(answer) for answer in (before, counted(ports, deed, body="{}"))] == [(422, "IDEMPOTENCY_KEY_REUSED")] * 2


def test_another_caller_has_their_own_keys(ports: FakePorts) -> None:
    deed = Counting()

    answers = [counted(ports, deed), counted(ports, deed, caller=claims(email="other@acme.test"))]

    assert [answer.json["number"] for answer in answers] == [1, 2]


def test_a_key_is_free_again_after_24_hours(ports: FakePorts) -> None:
    deed = Counting()
    counted(ports, deed)
    ports.move(hours=25)

    first, second = counted(ports, deed), counted(ports, deed)

    assert (first.json["number"], second.json["number"], REPLAYED in first.headers) == (2, 2, False)
