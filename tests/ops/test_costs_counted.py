"""Numbers that ops/costs/assumptions.py calls counted, counted again on the code as it is."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from ops.costs.assumptions import KINDS, Work
from runtime.table.attributes import to_item
from runtime.table.port import Check, Row, Write
from tests.runtime.fakes import InMemoryTable
from tests.runtime.health.test_refresher import refresh, watched
from tests.runtime.operations.test_faults_kills import another_promotion, creation, plugin_update
from tests.runtime.operations.world import OperationWorld

INDEXES = ("GSI1", "GSI2")
NEAR = 0.15
"""Sizes of rows go up and down a kilobyte; what is counted may be off by so much."""

TURNS = {name: kind.turns for name, kind in ((kind.name, kind) for kind in KINDS)}
WRITES = {kind.name: kind.writes for kind in KINDS}


def size_of(value: Mapping[str, Any]) -> int:
    """The size of an item as DynamoDB counts it, near enough."""
    return sum(len(name) + _size(attribute) for name, attribute in value.items())


def _size(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value) // 2 + 2
        case "M":
            return 3 + len(value) + size_of(value)
        case "L":
            return 3 + sum(1 + _size(each) for each in value)
    return 1


def kilobytes(row: Row | None) -> int:
    return max(1, math.ceil(size_of(to_item(row)) / 1024)) if row else 0


class MeteredTable(InMemoryTable):
    """The table, with the write request units that its commits would take."""

    units = 0

    def commit(self, writes: Sequence[Write]) -> None:
        before = {write.key: copy.deepcopy(self.rows.get(write.key)) for write in writes}
        super().commit(writes)
        for write in writes:
            old, new = before[write.key], self.rows.get(write.key)
            self.units += 2 * max(1, kilobytes(old), kilobytes(new))
            if not isinstance(write, Check):
                self.units += sum(self._in_index(index, old, new) for index in INDEXES)

    def _in_index(self, index: str, old: Row | None, new: Row | None) -> int:
        was, now = ((row or {}).get(f"{index}PK") and (row or {})[f"{index}SK"] for row in (old, new))
        if was == now and (old or {}).get(f"{index}PK") == (new or {}).get(f"{index}PK"):
            return kilobytes(new) if now else 0
        return (kilobytes(old) if was else 0) + (kilobytes(new) if now else 0)


class CountedWorld(OperationWorld):
    """The world with a metered table, and the turns of its consumers. Each job is looked at twice before it has ended."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.table = MeteredTable(*self.table.rows.values())
        self.turns = 0
        self.maintenance.looks = 2

    def consume(self, name: str, **options: Any) -> int:
        records = super().consume(name, **options)
        self.turns += records
        return records

    @property
    def units(self) -> int:
        assert isinstance(self.table, MeteredTable)
        return self.table.units


def taken_by(story: Callable[[OperationWorld], str], *, after: Callable[[OperationWorld], str] | None) -> tuple[int, int]:
    """The write units and turns of a story to its end, less those of the one that comes first in it."""
    world, first = CountedWorld(), CountedWorld()
    if after:
        after(first)
        first.run()
    story(world)
    world.run()
    return world.units - first.units, world.turns - first.turns


@pytest.mark.parametrize(("kind", "story", "after"), [("creation", creation, None), ("plugin update", plugin_update, creation)])
def test_the_write_units_and_turns_of_an_operation_are_as_assumed(
    kind: str, story: Callable[[OperationWorld], str], after: Callable[[OperationWorld], str] | None
) -> None:
    units, turns = taken_by(story, after=after)

    assert units == pytest.approx(WRITES[kind], rel=NEAR)
    assert turns == TURNS[kind]


def test_those_of_a_promotion_that_overwrites_are_as_assumed() -> None:
    asked = CountedWorld()
    another_promotion(asked)
    units, turns = asked.units, asked.turns
    asked.run()

    accepting = 37
    assert asked.units - units + accepting == pytest.approx(WRITES["promotion"], rel=NEAR)
    assert asked.turns - turns == TURNS["promotion"]


def test_a_look_at_a_site_writes_what_is_assumed() -> None:
    world = CountedWorld()
    watched(world)
    refresh(world)
    world.move(minutes=6)
    before = world.units

    refresh(world)

    assert world.units - before == Work().health_writes
