"""Pages: exact, stable while things are added, and cursors that can name nothing but a position in one's own list."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime.hateoas_endpoint import cursor
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.invitations import routes
from runtime.portal import handlers as portal_handlers
from runtime.portal.routes import ENTRY
from tests.runtime.fakes import Answer, FakePorts, call, claims, follow
from tests.runtime.seeds import settled, table_of
from tests.runtime.stories import STAFF, invited, listed, portal, problem

POSITION = re.compile(r"[a-z0-9-]+")


def ids(answer: Answer) -> list[str]:
    return [item["invitationId"] for item in answer.json["_embedded"]["invitations"]]


def pages(ports: FakePorts, query: str) -> list[list[str]]:
    """The ids of every page, by following `next`."""
    found = []
    following: str | None = query
    while following is not None:
        answer = listed(ports, following)
        assert answer.json["moreAvailable"] == ("next" in answer.json["_links"])
        found.append(ids(answer))
        following = follow(answer.json["_links"]["next"]["href"])[1] if "next" in answer.json["_links"] else None
    return found


def joined(found: list[list[str]]) -> list[str]:
    return [each for page in found for each in page]


def next_cursor(answer: Answer) -> str:
    found = re.search(r"startAt=([^&]+)", answer.json["_links"]["next"]["href"])
    assert found
    return found[1]


@pytest.mark.parametrize("size", [1, 7, 50, 83, 100])
@pytest.mark.parametrize("status", ["", "CANCELLED", "PENDING"])
def test_every_page_is_full_until_the_last_and_nothing_is_missing_or_twice(size: int, status: str) -> None:
    ports = FakePorts(table_of(250, status=status or "ACCEPTED"))
    everything = sorted((row["invitationId"] for row in ports.table.of_type("INVITATION")), reverse=True)

    found = pages(ports, f"pageSize={size}" + (f"&status={status}" if status else ""))

    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
    assert 0 < len(found[-1]) <= size
    assert joined(found) == everything


@pytest.mark.parametrize("size", [50, 100])
def test_a_list_that_ends_with_a_full_page_has_no_empty_one_after_it(size: int) -> None:
    assert [len(page) for page in pages(FakePorts(table_of(200)), f"pageSize={size}")] == [size] * (200 // size)


def test_pages_stay_as_they_were_while_things_are_added() -> None:
    ports = FakePorts(table_of(30), creates_per_minute=100)
    before = joined(pages(ports, "pageSize=10"))
    first = listed(ports, "pageSize=10")
    for number in range(15):
        ports.move(milliseconds=1)
        invited(ports, f"later-{number}@x.test")

    rest = pages(ports, follow(first.json["_links"]["next"]["href"])[1])

    assert ids(first) + joined(rest) == before


def test_what_lies_at_the_cursor_may_be_gone() -> None:
    ports = FakePorts(table_of(6))
    first = listed(ports, "pageSize=3")
    before = joined(pages(ports, ""))
    gone = next(key for key, row in ports.table.rows.items() if row.get("invitationId") == ids(first)[-1])
    del ports.table.rows[gone]

    assert ids(listed(ports, follow(first.json["_links"]["next"]["href"])[1])) == before[3:]


def test_a_cursor_of_one_tenant_shows_only_the_others_own_rows_in_another() -> None:
    ports = portal(creates_per_minute=100)
    for number in range(4):
        invited(ports, f"a{number}@x.test")
        ports.move(milliseconds=1)
        invited(ports, f"g{number}@x.test", tenant="globex", caller=STAFF)
        ports.move(milliseconds=1)
    acmes = follow(listed(ports, "pageSize=2").json["_links"]["next"]["href"])[1]

    answer = listed(ports, acmes, tenant="globex", caller=STAFF)

    assert {item["tenantId"] for item in answer.json["_embedded"]["invitations"]} == {"globex"}


def test_a_cursor_holds_no_tenant_and_no_partition() -> None:
    content = base64.urlsafe_b64decode(next_cursor(listed(FakePorts(table_of(3)), "pageSize=1")) + "===").decode()

    assert not any(word in content for word in ("acme", "TENANT", "PK", "INVITATION"))


FOREIGN = {
    "of another route": cursor.encode(ENTRY, {}, "inv-01a207bd-e552-7000-8000-000000000001"),
    "of another filter": cursor.encode(routes.LIST, {"status": "PENDING"}, "inv-01a207bd-e552-7000-8000-000000000001"),
    "of a position that is none": cursor.encode(routes.LIST, {}, "../../etc/passwd"),
    "of a key": cursor.encode(routes.LIST, {}, "TENANT#globex"),
    "with a tail": cursor.encode(routes.LIST, {}, "inv-01a207bd-e552-7000-8000-000000000001\n"),
    "of a number": base64.urlsafe_b64encode(b'["0",1]').decode(),
    "garbage": "garbage",
    "empty": "",
    "a JSON number": base64.urlsafe_b64encode(b"1").decode(),
    "deeply nested": base64.urlsafe_b64encode(b"[" * 5000).decode(),
    "no ASCII": "%C3%BC",
    "no text": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_cursor_that_is_not_of_this_list_is_refused(ports: FakePorts, foreign: str) -> None:
    assert problem(listed(ports, f"startAt={foreign}")) == (400, "INVALID_CURSOR")


def test_a_cursor_of_another_filter_is_refused_in_both_directions() -> None:
    ports = FakePorts(table_of(3))
    plain, filtered = (next_cursor(listed(ports, query)) for query in ("pageSize=1", "pageSize=1&status=ACCEPTED"))

    crossed = [listed(ports, f"status=ACCEPTED&startAt={plain}"), listed(ports, f"startAt={filtered}")]

    assert [problem(answer) for answer in crossed] == [(400, "INVALID_CURSOR")] * 2


def test_the_page_size_may_change_from_page_to_page() -> None:
    ports = FakePorts(table_of(9))
    first = listed(ports, "pageSize=2")

    second = listed(ports, f"pageSize=5&startAt={next_cursor(first)}")

    assert (len(ids(first)), len(ids(second))) == (2, 5)


@given(position=st.text("abc019-", min_size=1), status=st.sampled_from(["", "PENDING", "EXPIRED"]))
def test_a_position_comes_back_as_it_went_in(position: str, status: str) -> None:
    filters = {"status": status} if status else {}

    assert cursor.decode(routes.LIST, filters, cursor.encode(routes.LIST, filters, position), position=POSITION) == position


PORTS = FakePorts(table_of(5))


@settings(max_examples=200)
@given(start_at=st.text(max_size=200))
@example(start_at="=" * 5)
@example(start_at="bnVsbA")
@example(start_at=base64.urlsafe_b64encode(json.dumps({"a": 1, "b": 2}).encode()).decode())
@example(start_at=base64.urlsafe_b64encode(b"1" * 5000).decode())
def test_no_cursor_whatsoever_is_a_fault_of_ours(start_at: str) -> None:
    with pytest.raises(BusinessException, match="INVALID_CURSOR"):
        cursor.decode(routes.LIST, {}, start_at, position=POSITION)


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@settings(max_examples=30)
@given(content=json_values)
def test_no_decodable_content_whatsoever_is_a_fault_of_ours(content: Any) -> None:
    start_at = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    answers = [
        listed(PORTS, f"startAt={start_at}"),
        call(portal_handlers.entry, PORTS, query=f"startAt={start_at}", caller=claims()),
    ]

    assert [problem(answer) for answer in answers] == [(400, "INVALID_CURSOR")] * 2


@settings(max_examples=30)
@given(position=st.text(max_size=60))
def test_a_forged_position_is_refused_or_names_a_place_in_ones_own_list(position: str) -> None:
    forged = cursor.encode(routes.LIST, {"status": "ACCEPTED"}, position)

    answer = listed(PORTS, f"status=ACCEPTED&startAt={forged}")

    assert problem(answer) == (400, "INVALID_CURSOR")


def test_three_pending_among_ten_thousand_accepted_cost_one_page_and_two_reads() -> None:
    table = table_of(10_000, status="ACCEPTED")
    table.rows |= settled(3, status="PENDING", first=10_000)
    ports = FakePorts(table)

    answer = listed(ports, "status=PENDING")

    assert (answer.json["count"], answer.json["moreAvailable"]) == (3, False)
    assert table.calls == {"get": 1, "query": 1}
