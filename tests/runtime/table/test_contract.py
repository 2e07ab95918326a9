"""The table port's contract, kept by the in-memory table and by DynamoDB alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from runtime.table.port import (
    ABSENT,
    BOTTOM,
    TOP,
    Check,
    Conflict,
    Delete,
    Increment,
    Index,
    Key,
    Put,
    Query,
    Row,
    Table,
    Update,
    Write,
    end_of,
)
from runtime.table.unit import Unit
from tests.runtime.dynamo import recorded_table
from tests.runtime.fakes import InMemoryTable

A, B, C = Key("P", "a"), Key("P", "b"), Key("P", "c")


class Refused(Exception):
    """What a condition's failure means to a service."""


@pytest.fixture(params=["in memory", "on DynamoDB"])
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    if request.param == "in memory":
        yield InMemoryTable()
    else:
        with recorded_table() as recorded:
            yield recorded.table


def row(key: Key, **attributes: Any) -> Row:
    return {**key.as_row(), "version": 1, **attributes}


def put(key: Key, *, expect: Any = ABSENT, refusal: Exception | None = None, **attributes: Any) -> Put:
    return Put(key=key, row=row(key, **attributes), expect=expect, refusal=refusal)


def assert_unchanged(table: Table, *rows: Row | None) -> None:
    assert table.get([A, B, C])[: len(rows)] == list(rows)


def test_a_row_comes_back_as_it_was_written(table: Table) -> None:
    stored: dict[str, Any] = {
        "text": "ü 🎉",
        "empty": "",
        "number": 12,
        "yes": True,
        "map": {"a": {"n": 1}},
        "list": ["x", 2, {"y": "z"}],
    }

    table.commit([put(A, **stored)])

    assert table.get([A]) == [row(A, **stored)]


def test_rows_come_in_the_order_asked_with_none_for_what_is_missing(table: Table) -> None:
    table.commit([put(A), put(C)])

    assert table.get([C, B, A]) == [row(C), None, row(A)]
    assert table.get([B]) == [None]


def test_a_row_may_be_asked_for_twice(table: Table) -> None:
    table.commit([put(A)])

    assert table.get([A, B, A]) == [row(A), None, row(A)]
    assert table.get([A, A]) == [row(A), row(A)]


def test_a_key_longer_than_any_row_has_names_nothing(table: Table) -> None:
    table.commit([put(A)])

    assert table.get([Key("P", "x" * 1025)]) == [None]
    assert table.get([A, Key("x" * 2049, "a"), B]) == [row(A), None, None]
    assert table.get([Key("P", "ü" * 513), A]) == [None, row(A)]


def test_a_hundred_rows_are_read_at_once(table: Table) -> None:
    keys = [Key("P", f"{number:03}") for number in range(100)]
    for start in range(0, 100, 50):
        table.commit([put(key) for key in keys[start : start + 50]])

    assert table.get(keys[::-1]) == [row(key) for key in keys[::-1]]


def test_a_put_that_expects_nothing_there_is_refused_where_something_is(table: Table) -> None:
    table.commit([put(A, n=1)])

    with pytest.raises(Conflict):
        table.commit([put(A, n=2)])

    assert_unchanged(table, row(A, n=1))


def test_a_put_replaces_the_version_it_expects_and_no_other(table: Table) -> None:
    table.commit([put(A, n=1)])
    table.commit([put(A, expect={"version": 1}, version=2)])

    with pytest.raises(Conflict):
        table.commit([put(A, expect={"version": 1}, version=2, n=3)])

    assert_unchanged(table, row(A, version=2))


def test_a_version_is_not_expected_of_what_is_absent(table: Table) -> None:
    with pytest.raises(Conflict):
        table.commit([put(A, expect={"version": 1})])

    assert_unchanged(table, None)


def test_an_update_sets_attributes_and_raises_the_version(table: Table) -> None:
    table.commit([put(A, n=1, kept="k")])

    table.commit([Update(key=A, assign={"n": 2, "new": "x"}, expect={"n": 1})])

    assert_unchanged(table, row(A, n=2, new="x", kept="k", version=2))


def test_an_update_whose_expectation_fails_changes_nothing(table: Table) -> None:
    table.commit([put(A, n=1)])

    with pytest.raises(Conflict):
        table.commit([Update(key=A, assign={"n": 3}, expect={"n": 1, "version": 9})])

    assert_unchanged(table, row(A, n=1))


def test_an_update_that_expects_nothing_makes_the_row(table: Table) -> None:
    table.commit([Update(key=A, assign={"n": 1}, expect={})])

    assert_unchanged(table, row(A, n=1))


def test_a_count_rises_to_its_bound_and_no_further(table: Table) -> None:
    counting = Increment(key=A, attribute="count", below=3, assign={"ttl": 7}, refusal=Refused("full"))
    for _ in range(3):
        table.commit([counting])

    with pytest.raises(Refused, match="full"):
        table.commit([counting])

    assert_unchanged(table, row(A, count=3, ttl=7, version=3))


def test_a_count_without_a_bound_moves_by_what_is_said(table: Table) -> None:
    table.commit([put(A, count=2)])

    table.commit([Increment(key=A, attribute="count", by=-1)])
    table.commit([Increment(key=A, attribute="count", by=5, assign={"kept": "k"})])

    assert_unchanged(table, row(A, count=6, kept="k", version=3))


def test_a_count_of_what_is_not_there_begins_at_zero(table: Table) -> None:
    table.commit([Increment(key=A, attribute="count", by=-1)])

    assert_unchanged(table, row(A, count=-1))


def test_a_bound_holds_by_what_is_counted_not_by_what_it_would_become(table: Table) -> None:
    table.commit([put(A, count=2)])

    table.commit([Increment(key=A, attribute="count", by=3, below=3)])
    with pytest.raises(Conflict):
        table.commit([Increment(key=A, attribute="count", by=-1, below=3)])

    assert_unchanged(table, row(A, count=5, version=2))


def test_a_count_moves_only_with_all_the_rest(table: Table) -> None:
    table.commit([put(A, count=2), put(B)])

    with pytest.raises(Conflict):
        table.commit([Increment(key=A, attribute="count", by=-1), put(B)])

    assert_unchanged(table, row(A, count=2))


def test_a_unit_counts_down_beside_what_it_writes(table: Table) -> None:
    table.commit([put(A, count=2)])
    unit = Unit(table)

    unit.put(row(B))
    unit.decrement(A, "count")
    unit.commit()

    assert_unchanged(table, row(A, count=1, version=2), row(B))


def test_a_unit_writes_a_row_it_has_not_read_if_it_is_as_expected(table: Table) -> None:
    table.commit([put(A, fence=3, status="IN_PROGRESS", version=7)])
    unit = Unit(table)

    unit.put(row(A, fence=3, status="DONE", version=8), expect={"fence": 3, "status": "IN_PROGRESS"})
    unit.commit()

    assert_unchanged(table, row(A, fence=3, status="DONE", version=8))


@pytest.mark.parametrize(("refusal", "outcome"), [(Refused("lost"), Refused), (None, Conflict)])
def test_a_unit_is_refused_where_a_row_is_not_as_expected(
    table: Table, refusal: Exception | None, outcome: type[Exception]
) -> None:
    table.commit([put(A, fence=4), put(B)])
    unit = Unit(table)

    unit.put(row(A, fence=3), expect={"fence": 3}, refusal=refusal)
    unit.put(row(C))
    with pytest.raises(outcome):
        unit.commit()

    assert_unchanged(table, row(A, fence=4), row(B), None)


def test_a_unit_writes_whatever_is_there_where_nothing_is_expected(table: Table) -> None:
    table.commit([put(A, n=1)])
    unit = Unit(table)

    for key in (A, B):
        unit.put(row(key, n=2), expect={})
    unit.commit()

    assert_unchanged(table, row(A, n=2), row(B, n=2))


def test_an_expectation_of_ones_own_stands_before_what_was_read(table: Table) -> None:
    table.commit([put(A, fence=1)])
    unit = Unit(table)
    unit.get(A)
    table.commit([Update(key=A, assign={"n": 1}, expect={})])

    unit.put(row(A, fence=1, n=2), expect={"fence": 1})
    unit.commit()

    assert_unchanged(table, row(A, fence=1, n=2, version=2))


def test_a_delete_removes_what_is_as_expected(table: Table) -> None:
    table.commit([put(A, n=1), put(B, n=1)])

    table.commit([Delete(key=A, expect={"n": 1})])
    with pytest.raises(Conflict):
        table.commit([Delete(key=B, expect={"n": 2})])

    assert_unchanged(table, None, row(B, n=1))


def test_removing_what_is_not_there_is_no_fault(table: Table) -> None:
    table.commit([Delete(key=A, expect={})])

    assert_unchanged(table, None)


def test_a_check_writes_nothing_and_holds_or_fails_the_commit(table: Table) -> None:
    table.commit([put(A, status="ACTIVE")])

    table.commit([Check(key=A, expect={"status": "ACTIVE"}), Check(key=C, expect=ABSENT), put(B)])
    with pytest.raises(Refused):
        table.commit([Check(key=A, expect={"status": "CLOSED"}, refusal=Refused()), put(C)])

    assert_unchanged(table, row(A, status="ACTIVE"), row(B), None)


def test_a_commit_does_all_or_nothing(table: Table) -> None:
    table.commit([put(C)])

    with pytest.raises(Conflict):
        table.commit([put(A), put(B), put(C)])

    assert_unchanged(table, None, None, row(C))


@pytest.mark.parametrize(
    ("writes", "outcome"),
    [
        ([put(A, refusal=Refused("a"))], Refused),
        ([put(A, refusal=Refused("a")), put(B, refusal=Refused("b")), put(C)], Refused),
        ([put(A), put(C)], Conflict),
        ([put(A, refusal=Refused("a")), put(B)], Conflict),
        ([put(B), put(A, refusal=Refused("a"))], Conflict),
    ],
    ids=["a refusal", "the first of two", "no refusal known", "a refusal beside a lost race", "a lost race beside a refusal"],
)
def test_a_failed_condition_is_its_refusal_unless_a_race_was_lost_too(
    table: Table, writes: Sequence[Write], outcome: type[Exception]
) -> None:
    table.commit([put(A), put(B)])

    with pytest.raises(outcome) as raised:
        table.commit(writes)

    if outcome is Refused:
        assert str(raised.value) == "a"


LETTERS = "abcdefgh"


@pytest.fixture
def alphabet(table: Table) -> Table:
    rows = [row(Key("P", letter), GSI1PK="one", GSI1SK=letter, GSI2PK="two", GSI2SK=letter) for letter in LETTERS]
    table.commit([Put(key=Key(each["PK"], each["SK"]), row=each, expect=ABSENT) for each in rows])
    table.commit([put(Key("Q", "c"), GSI1PK="other", GSI1SK="c", GSI2PK="other", GSI2SK="c"), put(Key("P", "c#without"))])
    table.commit([Delete(key=Key("P", "c#without"), expect={})])
    return table


PARTITIONS = {Index.TABLE: "P", Index.GSI1: "one", Index.GSI2: "two"}


@pytest.mark.parametrize("index", Index)
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("size", [1, 3, 8])
def test_pages_follow_each_other_exactly_in_both_directions(alphabet: Table, index: Index, descending: bool, size: int) -> None:
    found: list[str] = []
    pages: list[int] = []
    after = None
    while not pages or pages[-1] == size:
        query = Query(
            partition=PARTITIONS[index], low=BOTTOM, high=TOP, limit=size, index=index, descending=descending, after=after
        )
        page = [each["SK"] for each in alphabet.query(query)]
        pages.append(len(page))
        found += page
        after = page[-1] if page else after

    assert "".join(found) == (LETTERS[::-1] if descending else LETTERS)
    assert pages[:-1] == [size] * (len(pages) - 1)


@pytest.mark.parametrize(
    ("low", "high", "after", "descending", "expected"),
    [
        ("b", "e", None, True, "edcb"),
        ("b", "e", None, False, "bcde"),
        ("b", "e", "d", True, "cb"),
        ("b", "e", "c", False, "de"),
        ("b", "e", "cc", True, "cb"),
        ("b", "e", "cc", False, "de"),
        ("b", "e", "b", True, ""),
        ("b", "e", "e", False, ""),
        ("b", "e", "g", True, "edcb"),
        ("b", "e", "a", True, ""),
        ("b", "e", "a", False, "bcde"),
        ("b", "e", "g", False, ""),
        ("x", "z", None, True, ""),
        ("c", end_of("c"), None, True, "c"),
    ],
)
def test_a_range_is_inclusive_and_a_cursor_outside_it_widens_nothing(
    alphabet: Table, low: str, high: str, after: str | None, descending: bool, expected: str
) -> None:
    query = Query(partition="P", low=low, high=high, limit=10, after=after, descending=descending)

    assert "".join(each["SK"] for each in alphabet.query(query)) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_a_page_after_a_cursor_is_as_full_as_one_without(alphabet: Table, limit: int) -> None:
    for after in ("e", "dd"):
        query = Query(partition="P", low=BOTTOM, high=TOP, limit=limit, after=after)

        assert "".join(each["SK"] for each in alphabet.query(query)) == "dcba"[:limit]


def test_a_row_without_an_indexs_keys_is_not_in_the_index(table: Table) -> None:
    table.commit([put(A, GSI2PK="two", GSI2SK="x"), put(B)])

    assert len(table.query(Query(partition="two", low=BOTTOM, high=TOP, limit=9, index=Index.GSI2))) == 1
    assert table.query(Query(partition="two", low=BOTTOM, high=TOP, limit=9, index=Index.GSI1)) == []
