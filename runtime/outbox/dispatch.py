"""Carrying out one outbox entry: claim it under a lease, do it, note the outcome and delete it.

A fault leaves the entry to the sweeper, which tries again every minute; after ``MAX_ATTEMPTS``, those included in which the
function died, the effect is given up and says so where users can see it. A permanent refusal is given up at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from runtime.clock import iso
from runtime.observability import logger
from runtime.outbox.entries import Effect, Entry, entry_from
from runtime.table.port import Conflict, Key
from runtime.table.unit import Unit, attempts

if TYPE_CHECKING:
    from runtime.outbox.ports import OutboxPorts

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 5


class Outcome(StrEnum):
    """What became of an entry in this attempt."""

    DONE = "DONE"
    NEEDLESS = "NEEDLESS"
    GIVEN_UP = "GIVEN_UP"
    LATER = "LATER"
    NOT_OURS = "NOT_OURS"


class PermanentFault(Exception):
    """The outside world has refused for good; ``reason`` is fit for users to read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TransientFault(Exception):
    """The outside world did not do it this time; ``reason`` is fit for users to read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Performer(Protocol):
    """How one kind of effect is carried out and what is noted of it."""

    def perform(self, entry: Entry) -> bool:
        """Do it; False when there is nothing to do any more. Raises PermanentFault or TransientFault."""
        ...

    def note(self, unit: Unit, entry: Entry, failure: str | None) -> None:
        """Write the outcome where users see it, in the unit that deletes the entry."""
        ...


@dataclass(frozen=True)
class Dispatch:
    """Carries out entries with one performer for each effect."""

    ports: OutboxPorts
    performers: Mapping[Effect, Performer]

    def carry_out(self, key: Key) -> Outcome:
        """Carry out the entry with this key, unless it is gone or somebody is at it. Never raises for a fault of the effect."""
        entry = self._claim(key)
        if entry is None:
            return Outcome.NOT_OURS
        performer = self.performers[entry.effect]
        logger.append_keys(effect=entry.effect.value, **{k: v for k, v in entry.about.items() if k != "email"})
        if entry.attempts > MAX_ATTEMPTS:
            return self._finish(entry, performer, failure="It was tried too often without an outcome.")
        try:
            performed = performer.perform(entry)
        except PermanentFault as fault:
            logger.warning("The effect was refused for good", reason=fault.reason)
            return self._finish(entry, performer, failure=fault.reason)
        except Exception as fault:
            logger.exception("The effect failed")
            reason = fault.reason if isinstance(fault, TransientFault) else "An internal fault."
            if entry.attempts >= MAX_ATTEMPTS:
                return self._finish(entry, performer, failure=reason)
            return self._release(entry)
        return self._finish(entry, performer, failure=None, noted=performed)

    def _claim(self, key: Key) -> Entry | None:
        unit = Unit(self.ports.table)
        (row,) = unit.get(key)
        now = self.ports.now()
        if row is None or row.get("leasedUntil", "") > iso(now):
            return None
        claimed = {**row, "attempts": row["attempts"] + 1, "leasedUntil": iso(now + LEASE)}
        unit.put(claimed)
        try:
            unit.commit()
        except Conflict:
            return None
        return entry_from(claimed)

    def _release(self, entry: Entry) -> Outcome:
        """Let the next sweep try again: the lease ends now."""
        self._write(lambda unit: unit.update(entry.key, {"leasedUntil": ""}, expect={"attempts": entry.attempts}))
        return Outcome.LATER

    def _finish(self, entry: Entry, performer: Performer, *, failure: str | None, noted: bool = True) -> Outcome:
        def finish(unit: Unit) -> None:
            if noted:
                performer.note(unit, entry, failure)
            unit.delete(entry.key)

        self._write(finish)
        if failure:
            return Outcome.GIVEN_UP
        return Outcome.DONE if noted else Outcome.NEEDLESS

    def _write(self, write: Callable[[Unit], None]) -> None:
        attempts(lambda: Unit(self.ports.table), write, pause=self.ports.pause)
