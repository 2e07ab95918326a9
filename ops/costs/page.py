"""docs/costs.md: what people have written in it stays, what stands between its marks is made anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ops.costs import tables, tables_of_limits
from ops.costs.report import Report

PARTS: Mapping[str, Callable[[Report], str]] = {
    "bill": tables.bill_table,
    "sizes": tables.sizes_table,
    "variations": tables_of_limits.variations_table,
    "doors": tables_of_limits.doors_table,
    "quotas": tables_of_limits.quotas_table,
    "fixed": tables_of_limits.fixed_table,
    "inventory": tables.inventory_table,
    "lines": tables.lines_table,
    "assumptions": lambda report: tables.assumptions_table(report.assumptions),
    "prices": tables.prices_table,
}
"""What is made, by the name in its marks."""

MARKED = re.compile(r"(?P<begin><!-- begin (?P<name>[a-z]+) -->\n).*?(?P<end><!-- end (?P=name) -->)", re.DOTALL)


class PageError(ValueError):
    """A page whose marks are not those of the parts that are made."""


def renewed(page: str, report: Report) -> str:
    """The page with every part made anew; PageError when a part is missing in it, or it has one that is not made."""
    found = [match["name"] for match in MARKED.finditer(page)]
    if sorted(found) != sorted(PARTS):
        raise PageError(f"docs/costs.md has marks for {sorted(found)}, and {sorted(PARTS)} are made.")
    return MARKED.sub(lambda match: f"{match['begin']}\n{PARTS[match['name']](report)}\n\n{match['end']}", page)
