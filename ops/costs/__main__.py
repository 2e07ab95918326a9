"""Writes the computed parts of docs/costs.md and prints the bill, or says with ``--check`` whether they are up to date."""

from __future__ import annotations

import argparse
import re
import sys

from ops.columns import in_columns
from ops.costs.page import renewed
from ops.costs.report import SCALES, report_of
from ops.costs.tables import bill_rows
from ops.permissions.assembly import ROOT, synthesise_all

PAGE = ROOT / "docs" / "costs.md"


def main() -> int:
    """Write and print, or check; 1 when the page is stale."""
    parser = argparse.ArgumentParser(prog="python -m ops.costs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, and fail when the page is stale")
    checks = parser.parse_args().check
    report, page = report_of(synthesise_all()), PAGE.read_text()
    text = renewed(page, report)
    if checks and text != page:
        sys.stderr.write("docs/costs.md is not what is computed: run make costs, and read what it changes.\n")
        return 1
    if not checks:
        PAGE.write_text(text)
        rows = [["", *(scale.title for scale in SCALES)], *bill_rows(report.bills)]
        plain = [[re.sub(r"\*\*", "", cell).rjust(20 if place else 0) for place, cell in enumerate(row)] for row in rows]
        sys.stdout.write(f"{in_columns(plain)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
