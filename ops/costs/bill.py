"""A bill: lines of a quantity and its price, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.costs.load import Load
from ops.costs.prices import Prices


@dataclass(frozen=True, kw_only=True)
class Line:
    """So much of something: ``resource`` is what it is shown under, ``item`` what of it, ``price`` the id of its price."""

    resource: str
    item: str
    quantity: float
    price: str


@dataclass(frozen=True, kw_only=True)
class Bill:
    """The lines of a load with their prices."""

    load: Load
    lines: Sequence[Line]
    prices: Prices

    def usd(self, line: Line) -> float:
        """What a line costs. Tiers count from a line's own first unit."""
        return self.prices[line.price].of(line.quantity)

    @property
    def total(self) -> float:
        """What all of it costs a month."""
        return sum(map(self.usd, self.lines))

    @property
    def by_resource(self) -> dict[str, float]:
        """What each resource costs, in the order of the lines."""
        totals: dict[str, float] = {}
        for line in self.lines:
            totals[line.resource] = totals.get(line.resource, 0.0) + self.usd(line)
        return totals

    @property
    def a_site(self) -> float | None:
        """What a site costs; None where there is none."""
        return self.total / self.load.sites if self.load.sites else None
