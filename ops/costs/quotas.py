"""The limits of a stage, each with the load that meets it: which one is met first, and at how many tenants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ops.costs.load import Load

MOST_TENANTS = 10_000_000
"""Beyond that no limit is looked for."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A limit: AWS's own with its name and code, or one of ours.

    ``load`` gives what meets it, in the same unit, in the busiest hour where it is a rate; ``meets`` says what that is.
    ``source`` is where the number is from, ``change`` what to do.
    """

    service: str
    name: str
    code: str
    most: float
    unit: str
    load: Callable[[Load], float]
    meets: str
    source: str
    change: str

    def tenants(self, load: Load) -> int | None:
        """The least number of tenants that is too many; None where that is beyond MOST_TENANTS."""

        def too_many(tenants: int) -> bool:
            return self.load(replace(load, tenants=tenants)) > self.most

        if not too_many(MOST_TENANTS):
            return None
        low, high = 0, MOST_TENANTS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if too_many(middle) else (middle, high)
        return high


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A limit that does not come nearer with tenants: what of it is used, and what would use more."""

    service: str
    name: str
    most: str
    used: str
    source: str
    change: str
