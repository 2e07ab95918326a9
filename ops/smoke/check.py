"""A check: its name, what came of it, and what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import urllib3
from botocore.exceptions import BotoCoreError, ClientError


class Outcome(Enum):
    """What came of a check; SKIP is one that could not be made."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    SKIP = "SKIP"


class Wrong(Exception):
    """What was seen is not what has to be; the message says what was seen."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A named check, what came of it and what was seen."""

    name: str
    outcome: Outcome
    seen: str

    def __str__(self) -> str:
        return f"{self.outcome.value}  {self.name}: {self.seen}"


def check(name: str, probe: Callable[[], str], *, within: float = 0) -> Check:
    """Make a check, again and again ``within`` so many seconds until it passes. A probe gives what it saw or raises."""
    deadline = time.monotonic() + within
    while True:
        try:
            return Check(name=name, outcome=Outcome.PASS, seen=probe())
        except (Wrong, urllib3.exceptions.HTTPError, OSError, ClientError, BotoCoreError, ValueError) as error:
            failed = Check(name=name, outcome=Outcome.FAIL, seen=str(error) or type(error).__name__)
        if time.monotonic() > deadline:
            return failed
        time.sleep(1)


def wanted(holds: bool, seen: str) -> str:
    """Give what was seen if it is what has to be; raises Wrong with it otherwise."""
    if not holds:
        raise Wrong(seen)
    return seen
