"""The unit of work: rows read, then writes that commit together only if those rows are still what was read."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from runtime.table.port import (
    ABSENT,
    Check,
    Conflict,
    Delete,
    Expectation,
    Increment,
    Key,
    Put,
    Row,
    Table,
    Update,
    Write,
    key_of,
)

ATTEMPTS = 8
FIRST_PAUSE = 0.02

Result = TypeVar("Result")


class Unit:
    """One attempt at reading, deciding and committing.

    Every write of a row that was read is conditional on the version read; a row never read is expected to be absent. Blind
    writes say what they expect. ``guard`` is a row read along with the first ones, and ``on_guard`` is told of it before
    anything is decided. ``known`` are rows that were read a while ago: they are not read again, and the commit is lost if one
    that is written has changed since.
    """

    def __init__(
        self,
        table: Table,
        *,
        guard: Key | None = None,
        on_guard: Callable[[Row | None], None] | None = None,
        known: Mapping[Key, Row | None] | None = None,
    ) -> None:
        self._table = table
        self._known = known or {}
        self._guard = guard
        self._on_guard = on_guard
        self._versions: dict[Key, int | None] = {}
        self._writes: list[Write] = []

    def get(self, *keys: Key) -> list[Row | None]:
        """Read rows consistently, in one call, and remember their versions."""
        guarded = [*keys, self._guard] if self._guard else list(keys)
        known = all(key in self._known for key in guarded)
        rows = [self._known[key] for key in guarded] if known else self._table.get(guarded)
        for key, row in zip(guarded, rows, strict=True):
            self._versions[key] = None if row is None else row["version"]
        if self._guard and self._on_guard:
            self._guard = None
            self._on_guard(rows.pop())
        return rows

    def put(self, row: Row, *, expect: Expectation | None = None, refusal: Exception | None = None) -> None:
        """Write a row, if it is as read or as ``expect`` says.

        Its version rises by one, or to the row's own ``version`` where the domain counts further.
        """
        key = key_of(row)
        read = self._versions.get(key)
        row = {**row, "version": max(row.get("version", 1), 1 if read is None else read + 1)}
        as_read: Expectation = ABSENT if read is None else {"version": read}
        self._writes.append(Put(key=key, row=row, expect=as_read if expect is None else expect, refusal=refusal))

    def update(self, key: Key, assign: Mapping[str, Any], *, expect: Expectation, refusal: Exception | None = None) -> None:
        """Set attributes of a row that need not have been read."""
        self._writes.append(Update(key=key, assign=assign, expect=expect, refusal=refusal))

    def delete(self, key: Key, *, expect: Expectation | None = None, refusal: Exception | None = None) -> None:
        """Remove a row, if it is as read or as ``expect`` says."""
        read = self._versions.get(key)
        as_read: Expectation = {"version": read} if read is not None else {}
        self._writes.append(Delete(key=key, expect=as_read if expect is None else expect, refusal=refusal))

    def check(self, key: Key, expect: Expectation, *, refusal: Exception | None = None) -> None:
        """Let the commit depend on a row it does not write."""
        self._writes.append(Check(key=key, expect=expect, refusal=refusal))

    def increment(self, key: Key, attribute: str, *, below: int, assign: Mapping[str, Any], refusal: Exception) -> None:
        """Count up to a bound; at the bound the commit is refused."""
        self._writes.append(Increment(key=key, attribute=attribute, below=below, assign=assign, refusal=refusal))

    def decrement(self, key: Key, attribute: str) -> None:
        """Count one down."""
        self._writes.append(Increment(key=key, attribute=attribute, by=-1))

    def commit(self) -> None:
        """Commit what was written, if anything was."""
        if self._writes:
            self._table.commit(self._writes)


def attempts(begin: Callable[[], Unit], attempt: Callable[[Unit], Result], *, pause: Callable[[float], None]) -> Result:
    """Run read-decide-commit until it commits: a lost race is decided anew on fresh rows, and Conflict is the end of them."""
    for number in range(ATTEMPTS):
        unit = begin()
        result = attempt(unit)
        try:
            unit.commit()
            return result
        except Conflict:
            if number + 1 == ATTEMPTS:
                raise
            pause(random.uniform(0, FIRST_PAUSE * 2**number))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable: the last attempt returns or raises")
