"""The table as services see it: rows, keys, conditional writes that commit together, and exact pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

Row = dict[str, Any]

BOTTOM, TOP = "!", "\U0010ffff"
"""Below and above every sort key."""


@dataclass(frozen=True, order=True)
class Key:
    """The primary key of a row."""

    pk: str
    sk: str

    def as_row(self) -> Row:
        """The key's two attributes."""
        return {"PK": self.pk, "SK": self.sk}


def key_of(row: Mapping[str, Any]) -> Key:
    """The primary key of a row."""
    return Key(row["PK"], row["SK"])


class Absent(Enum):
    """The expectation that no row has the key."""

    ABSENT = "ABSENT"


ABSENT = Absent.ABSENT
Expectation = Mapping[str, Any] | Absent
"""What must hold of the row at commit: it is absent, or it has these attribute values (an empty mapping asks nothing)."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """One conditional write; ``refusal`` is what its failing condition means, where that is known beforehand.

    A refusal stands only when no condition without one failed as well: then what was decided upon has changed, and is to be
    decided anew.
    """

    key: Key
    expect: Expectation
    refusal: Exception | None = None


@dataclass(frozen=True, kw_only=True)
class Put(Write):
    """Write the whole row."""

    row: Row


@dataclass(frozen=True, kw_only=True)
class Update(Write):
    """Set attributes of a row and raise its version, without having read it."""

    assign: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Delete(Write):
    """Remove the row; removing what is not there is no fault."""


@dataclass(frozen=True, kw_only=True)
class Check(Write):
    """Write nothing, but let the commit fail unless the expectation holds."""


@dataclass(frozen=True, kw_only=True)
class Increment(Write):
    """Add ``by`` to ``attribute``, if ``below`` is given while it is below that; a missing row counts as zero.

    ``assign`` is set alongside.
    """

    attribute: str
    by: int = 1
    below: int | None = None
    assign: Mapping[str, Any] = field(default_factory=dict)
    expect: Expectation = field(default_factory=dict, init=False)


class Conflict(Exception):
    """Nothing was committed: a condition failed or another transaction was at the same rows. Read again and decide anew."""


class Index(Enum):
    """Where a query runs: the table itself or one of its indexes, with the names of its two key attributes."""

    TABLE = ("PK", "SK")
    GSI1 = ("GSI1PK", "GSI1SK")
    GSI2 = ("GSI2PK", "GSI2SK")


@dataclass(frozen=True, kw_only=True)
class Query:
    """A range of one partition: sort keys from ``low`` to ``high``, both inclusive, after ``after`` in reading order."""

    partition: str
    low: str
    high: str
    limit: int
    index: Index = Index.TABLE
    descending: bool = True
    after: str | None = None


class Table(Protocol):
    """Persistence for every context. Reads of rows are consistent, reads of an index are eventually so."""

    def get(self, keys: Sequence[Key]) -> list[Row | None]:
        """Read rows by key, in the order asked, in one call for up to a hundred of them."""
        ...

    def query(self, query: Query) -> list[Row]:
        """Read up to ``limit`` rows of a range; fewer only when the range has no more."""
        ...

    def commit(self, writes: Sequence[Write]) -> None:
        """Do all the writes or none; raises the refusal of a write, or Conflict."""
        ...


def end_of(prefix: str) -> str:
    """A sort key above all that begin with a prefix."""
    return f"{prefix}{TOP}"
