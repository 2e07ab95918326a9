"""All lines of a bill."""

from __future__ import annotations

from ops.costs.bill import Bill
from ops.costs.lines_hosting import hosting_lines
from ops.costs.lines_portal import portal_lines
from ops.costs.lines_watching import watching_lines
from ops.costs.load import Load
from ops.costs.prices import Prices


def bill_of(load: Load, prices: Prices) -> Bill:
    """The bill of a load: everything that costs."""
    return Bill(load=load, lines=(*portal_lines(load), *hosting_lines(load), *watching_lines(load)), prices=prices)
