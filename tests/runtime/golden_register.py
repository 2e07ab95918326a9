"""The register of golden cases: each endpoint's success and each code's problem, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.runtime.fakes import Answer

Headers = Mapping[str, str]
Case = Callable[[Headers], Answer]

SUCCESSES: dict[str, Case] = {}
PROBLEMS: dict[str, Case] = {}


def success(case: Case) -> Case:
    SUCCESSES[case.__name__.replace("_", "-")] = case
    return case


def refused(case: Case) -> Case:
    """A problem; the function is named after its code."""
    PROBLEMS[case.__name__.replace("_", "-")] = case
    return case
