"""The rules of health: what each observation comes to, and what the checks together do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runtime.health.defaults import CRITERIA, CheckName, Importance, Value
from runtime.health.domain import CheckStatus, HealthReport, HealthStatus, Observation, judged, report_of, unseen
from tests.runtime.fakes import START

GOOD: dict[CheckName, Value] = {
    CheckName.REACHABILITY: 200,
    CheckName.RESPONSE_TIME: 0.2,
    CheckName.REST_API: 200,
    CheckName.DATABASE: True,
    CheckName.PHP_VERSION: "8.2.36",
    CheckName.WORDPRESS_VERSION: "7.1.1",
    CheckName.PLUGIN_UPDATES: 0,
    CheckName.CORE_UPDATE: 0,
    CheckName.VULNERABLE_PLUGINS: 0,
    CheckName.CRON_LAG: 0,
    CheckName.DISK: 80.0,
    CheckName.TLS_EXPIRY: 60,
}
BOUNDS: list[tuple[CheckName, list[tuple[Value, str]]]] = [
    (CheckName.REACHABILITY, [(399, "PASS"), (400, "FAIL"), (500, "FAIL")]),
    (CheckName.RESPONSE_TIME, [(1.999, "PASS"), (2.0, "WARN"), (4.999, "WARN"), (5.0, "FAIL")]),
    (CheckName.REST_API, [(200, "PASS"), (301, "WARN"), (401, "FAIL"), (500, "FAIL")]),
    (CheckName.DATABASE, [(True, "PASS"), (False, "FAIL")]),
    (CheckName.PHP_VERSION, [("8.4.1", "PASS"), ("8.2.0", "PASS"), ("8.1.33", "WARN"), ("7.4.33", "FAIL")]),
    (CheckName.WORDPRESS_VERSION, [("10.0", "PASS"), ("6.8", "PASS"), ("6.7.9", "WARN"), ("5.9.12", "FAIL")]),
    (CheckName.PLUGIN_UPDATES, [(0, "PASS"), (1, "WARN"), (99, "WARN")]),
    (CheckName.CORE_UPDATE, [(0, "PASS"), (1, "WARN")]),
    (CheckName.VULNERABLE_PLUGINS, [(0, "PASS"), (1, "FAIL")]),
    (CheckName.CRON_LAG, [(3_599, "PASS"), (3_600, "WARN"), (86_400, "FAIL")]),
    (CheckName.DISK, [(10.0, "PASS"), (9.9, "WARN"), (2.9, "FAIL")]),
    (CheckName.TLS_EXPIRY, [(21, "PASS"), (20, "WARN"), (6, "FAIL"), (-1, "FAIL")]),
]
CRITICAL = [name for name, criterion in CRITERIA.items() if criterion.importance is Importance.CRITICAL]
UPKEEP = {name for name, criterion in CRITERIA.items() if criterion.importance is Importance.UPKEEP}
WORSE = ["PASS", "WARN", "FAIL"]
FROM_BEST = [HealthStatus.HEALTHY, HealthStatus.UNKNOWN, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY]


def observed(name: CheckName, **changes: Any) -> Observation:
    return replace(Observation(name=name, value=GOOD[name], detail="Seen."), **changes)


def site(**changed: Observation | None) -> HealthReport:
    """The report of a site that is well but for some checks; None is one that nothing was observed for."""
    observations = {name: changed.get(name.name, observed(name)) for name in CheckName}
    return report_of([each for each in observations.values() if each], START)


def with_value(name: CheckName, wanted: str) -> Observation:
    """An observation that comes to a status."""
    if wanted == "SKIPPED":
        return observed(name, value=None)
    values = dict(BOUNDS)[name]
    found = [value for value, status in values if status == wanted]
    return observed(name, value=found[0])


@pytest.mark.parametrize(("name", "values"), BOUNDS, ids=[name for name, _ in BOUNDS])
def test_a_value_is_judged_by_the_bounds_of_its_check(name: CheckName, values: list[tuple[Value, str]]) -> None:
    assert [(value, judged(observed(name, value=value)).status) for value, _ in values] == values


def test_every_check_has_its_bounds_and_the_weights_make_a_hundred() -> None:
    assert {name for name, _ in BOUNDS} == set(CheckName) == set(CRITERIA)
    assert sum(criterion.weight for criterion in CRITERIA.values()) == 100


@pytest.mark.parametrize(("seconds", "threshold"), [(0.1, 2), (2.5, 2), (6.0, 5)])
def test_the_threshold_is_the_bound_that_was_crossed_or_else_the_first(seconds: float, threshold: int) -> None:
    assert judged(observed(CheckName.RESPONSE_TIME, value=seconds)).threshold == threshold


def test_a_site_that_passes_everything_is_healthy_with_the_full_score() -> None:
    report = site()

    assert (report.status, report.score) == (HealthStatus.HEALTHY, 100)
    assert [check.name for check in report.checks] == list(CheckName)


@pytest.mark.parametrize("name", CRITICAL)
def test_a_critical_check_that_fails_makes_a_site_unhealthy_whatever_else_is_missing(name: CheckName) -> None:
    alone = report_of([observed(name, value=None, failed=True)], START)

    assert alone.status is HealthStatus.UNHEALTHY
    assert site(**{name.name: observed(name, failed=True)}).status is HealthStatus.UNHEALTHY


@pytest.mark.parametrize("name", [name for name in CheckName if name not in CRITICAL])
def test_any_other_check_that_fails_makes_a_site_degraded(name: CheckName) -> None:
    assert site(**{name.name: observed(name, failed=True)}).status is HealthStatus.DEGRADED


@pytest.mark.parametrize("name", [name for name, values in BOUNDS if "WARN" in dict(values).values()])
def test_a_warning_makes_a_site_degraded_unless_it_is_about_upkeep(name: CheckName) -> None:
    report = site(**{name.name: with_value(name, "WARN")})

    assert report.status is (HealthStatus.HEALTHY if name in UPKEEP else HealthStatus.DEGRADED)
    assert report.score < 100


@pytest.mark.parametrize("name", CheckName)
def test_missing_data_is_unknown_unless_it_is_about_upkeep_and_never_counts(name: CheckName) -> None:
    for report in (site(**{name.name: None}), site(**{name.name: observed(name, value=None)})):
        assert report.status is (HealthStatus.HEALTHY if name in UPKEEP else HealthStatus.UNKNOWN)
        assert report.score == 100 - CRITERIA[name].weight
        assert {check.status for check in report.checks if check.name is name} == {CheckStatus.SKIPPED}


def test_what_is_known_to_be_wrong_is_told_though_other_data_is_missing() -> None:
    assert site(DATABASE=None, TLS_EXPIRY=observed(CheckName.TLS_EXPIRY, value=1)).status is HealthStatus.DEGRADED


def test_a_check_that_is_not_about_the_site_is_skipped_and_takes_nothing_away() -> None:
    report = site(TLS_EXPIRY=observed(CheckName.TLS_EXPIRY, value=None, applies=False))

    assert (report.status, report.score) == (HealthStatus.HEALTHY, 100)
    assert report.checks[-1].status is CheckStatus.SKIPPED


def test_a_site_that_is_not_looked_at_is_unknown_with_every_check_skipped_for_the_reason() -> None:
    report = unseen("Nobody looked.", START)

    assert (report.status, report.score) == (HealthStatus.UNKNOWN, 0)
    assert {(check.status, check.detail) for check in report.checks} == {(CheckStatus.SKIPPED, "Nobody looked.")}


@st.composite
def observations(draw: st.DrawFn, name: CheckName) -> Observation | None:
    """Anything that can be observed for a check, or nothing."""
    values: dict[type, st.SearchStrategy[Value]] = {
        bool: st.booleans(),
        int: st.integers(-100, 100_000),
        float: st.floats(0, 100),
        str: st.builds("{}.{}".format, st.integers(4, 11), st.integers(0, 99)),
    }
    value = draw(st.none() | values[type(GOOD[name])])
    applies = name is not CheckName.TLS_EXPIRY or draw(st.booleans())
    found = observed(name, value=value, failed=draw(st.booleans()), applies=applies)
    return draw(st.sampled_from([found, observed(name), None]))


ANYTHING = {name: observations(name) for name in CheckName}
SITES = (st.fixed_dictionaries(ANYTHING) | st.fixed_dictionaries({}, optional=ANYTHING)).map(
    lambda found: [each for name in CheckName if (each := found.get(name, observed(name)))]
)
"""Sites of which anything is observed, and such as are well but for some checks."""


@given(SITES)
def test_a_score_is_between_0_and_100_and_every_check_is_told_once(seen: list[Observation]) -> None:
    report = report_of(seen, START)

    assert 0 <= report.score <= 100
    assert [check.name for check in report.checks] == list(CheckName)


@given(SITES)
def test_healthy_means_that_every_critical_check_was_made_and_passed_and_none_failed(seen: list[Observation]) -> None:
    report = report_of(seen, START)
    statuses = {check.name: check.status for check in report.checks}

    event(report.status)
    if report.status is HealthStatus.HEALTHY:
        assert {statuses[name] for name in CRITICAL} == {CheckStatus.PASS}
        assert CheckStatus.FAIL not in statuses.values()
        assert not [check for check in report.checks if check.is_missing and check.name not in UPKEEP]


@given(SITES, st.sampled_from(BOUNDS), st.data())
def test_a_worse_observation_never_raises_the_score(
    seen: list[Observation], check: tuple[CheckName, list[tuple[Value, str]]], data: st.DataObject
) -> None:
    before, after = two_reports(seen, check[0], data, [*WORSE, "SKIPPED"])

    assert after.score <= before.score


@given(SITES, st.sampled_from(BOUNDS), st.data())
def test_a_worse_value_never_makes_a_site_better(
    seen: list[Observation], check: tuple[CheckName, list[tuple[Value, str]]], data: st.DataObject
) -> None:
    before, after = two_reports(seen, check[0], data, WORSE)

    assert FROM_BEST.index(after.status) >= FROM_BEST.index(before.status)


def two_reports(seen: list[Observation], name: CheckName, data: st.DataObject, order: list[str]) -> list[HealthReport]:
    """The reports of a site of which one check was observed, and was observed worse."""
    possible = [wanted for wanted in order if wanted == "SKIPPED" or wanted in [status for _, status in dict(BOUNDS)[name]]]
    pair = sorted(data.draw(st.tuples(st.sampled_from(possible), st.sampled_from(possible))), key=order.index)
    others = [each for each in seen if each.name is not name]
    return [report_of([*others, with_value(name, wanted)], START) for wanted in pair]
