"""How a command ends: what it says on its last line, and the faults that have an exit code of their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes, after sysexits.h. REFUSED is for good; after the others the same command may succeed.

    FULL is what sysexits.h calls EX_CANTCREAT, "a (user specified) output file cannot be created": there is no room for it.
    """

    DONE = 0
    REFUSED = 65
    INTERNAL = 70
    FULL = 73
    TEMPORARY = 75


@dataclass(frozen=True)
class Result:
    """What a command did; ``changed`` is False when there was nothing to do."""

    changed: bool
    detail: str


class Refused(Exception):
    """The command will never do this; the message is fit for customers to read."""


class Full(Exception):
    """There is no room left for what the command makes, on a disk or in the database; the message says where, to operators."""


class Temporary(Exception):
    """Something that the command needs is not there just now; the message is fit for customers to read."""
