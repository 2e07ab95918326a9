"""What a clone takes: a site with 3,000 posts and 3,000 serialised values, on a bed of its own, against the budget.

Printed beside it is what of that any way of copying would take: dumping the database and loading it unchanged.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.wordpress import content
from tests.wordpress.support import SiteBed, TestSite, running_bed

VALUES = 3_000
RUNS = 3
BUDGET = 10.0


def main() -> None:
    """Print the least time of some clones."""
    with tempfile.TemporaryDirectory(prefix="bbws-bench-") as folder, running_bed(Path(folder)) as bed:
        source = bed.installed()
        made = content.values(VALUES, at=content.place_of(source), elsewhere=("http://unused.test", "/unused"))
        content.fill(source, [value for value, _ in made])
        copied = min(_timed(lambda: _copied(source)) for _ in range(RUNS))
        cloned = min(_timed(lambda: _cloned(bed, source)) for _ in range(RUNS))
    print(f"clone of {VALUES} posts and {VALUES} serialised values, seconds, least of {RUNS} runs")
    print(f"  dump and load   {copied:5.2f}")
    print(f"  clone           {cloned:5.2f}   {cloned / copied:5.2f} x dump and load   {cloned / BUDGET:5.2f} x budget")
    print(f"  {'within' if cloned <= BUDGET else 'OVER'} {BUDGET:.0f} s, ratio {cloned / BUDGET:.2f}")


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _cloned(bed: SiteBed, source: TestSite) -> None:
    outcome = bed.run("clone", *bed.new().place, "--source-id", source.site_id)
    if outcome.code:
        raise SystemExit(outcome.log)


def _copied(source: TestSite) -> None:
    database = "bench"
    source.bed.sql(f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}")
    source.bed.sql(source.dump(), database)


if __name__ == "__main__":
    main()
