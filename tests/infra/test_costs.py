"""The costs of the stages as synthesised: nothing in a template is forgotten, no price is idle, the page is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.costs.__main__ import PAGE
from ops.costs.page import PARTS, renewed
from ops.costs.report import Report, report_of
from ops.costs.resources import COSTED, FREE
from ops.permissions.assembly import Assembly, read
from tests.infra.support import Synthesised

ONLY_WITH_A_ZONE = {"AWS::Route53::RecordSet"}
"""What no stage has until stacks/config.py gives it a zone."""


@pytest.fixture(scope="module")
def assemblies(portals: dict[str, Synthesised]) -> dict[str, Assembly]:
    return {
        name: read(Path(next(iter(portal.artifacts.values())).assembly.directory), portal.stage)
        for name, portal in portals.items()
    }


@pytest.fixture(scope="module")
def report(assemblies: dict[str, Assembly]) -> Report:
    return report_of(assemblies)


@pytest.fixture(scope="module")
def types(assemblies: dict[str, Assembly]) -> set[str]:
    """The types of all resources of all stages."""
    return {resource.type for assembly in assemblies.values() for resource in assembly.resources}


def test_every_type_of_resource_is_costed_or_said_to_be_free(types: set[str]) -> None:
    assert types - COSTED.keys() - FREE.keys() == set(), "Write them into ops/costs/resources.py, and what costs into a line."


def test_no_type_is_both_and_none_is_listed_that_no_stage_has(types: set[str]) -> None:
    assert COSTED.keys() & FREE.keys() == set()
    assert (COSTED.keys() | FREE.keys()) - types == ONLY_WITH_A_ZONE


def test_what_is_costed_is_in_the_bill(report: Report) -> None:
    resources = {line.resource for bill in report.bills for line in bill.lines}

    assert set(COSTED.values()) <= resources


def test_every_price_in_the_file_is_used(report: Report) -> None:
    report.prices.asked.clear()
    for name in PARTS.keys() - {"prices", "lines"}:
        PARTS[name](report)

    assert set(report.prices) - report.prices.asked == set(), (
        "A price that nothing is computed with: remove it, or cost what it is for."
    )


def test_every_price_says_where_it_is_from(report: Report) -> None:
    for price in report.prices.values():
        assert price.page.startswith("https://aws.amazon.com/"), price.id
        assert price.source, price.id


def test_the_page_is_what_is_computed(report: Report) -> None:
    page = PAGE.read_text()

    assert renewed(page, report) == page, "docs/costs.md is stale: run make costs, and read what it changes."
