"""How a command ends: what it says on its last line, and the faults that have an exit code of their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes, after sysexits.h. REFUSED is for good; after INTERNAL and TEMPORARY the same command may succeed."""

    DONE = 0
    REFUSED = 65
    INTERNAL = 70
    TEMPORARY = 75


@dataclass(frozen=True)
class Result:
    """What a command did; ``changed`` is False when there was nothing to do."""

    changed: bool
    detail: str


class Refused(Exception):
    """The command will never do this; the message is fit for customers to read."""


class Temporary(Exception):
    """Something that the command needs is not there just now; the message is fit for customers to read."""
