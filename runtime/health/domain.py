"""How healthy a site is, as pure rules: from what was observed to a check each, and from the checks to status and score.

Missing data is never green: a check without data is SKIPPED, gives nothing to the score, and leaves a site UNKNOWN, unless what
is known says that it is worse than that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runtime.clock import instant
from runtime.health.defaults import CRITERIA, CheckName, Criterion, Importance, Value
from runtime.plugins.versions import compare


class HealthStatus(StrEnum):
    """How a site is."""

    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class CheckStatus(StrEnum):
    """What came of a check; SKIPPED where there is no data, or nothing that the check could be about."""

    PASS = "PASS"  # noqa: S105 - no password
    WARN = "WARN"
    FAIL = "FAIL"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What was found out for a check, ``detail`` being fit for customers to read.

    ``value`` is None where nothing could be measured. ``failed`` says that what was seen is a failure whatever its value, and
    ``applies`` is False for a check that is not about this site.
    """

    name: CheckName
    detail: str
    value: Value | None = None
    failed: bool = False
    applies: bool = True


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check of a report. ``threshold`` is the bound that was crossed, or where none was the first that could be."""

    name: CheckName
    status: CheckStatus
    detail: str
    threshold: Value
    value: Value | None = None
    applies: bool = True

    @property
    def is_missing(self) -> bool:
        """Whether its data is missing."""
        return self.applies and self.status is CheckStatus.SKIPPED


@dataclass(frozen=True, kw_only=True)
class HealthReport:
    """How a site was at a moment; ``score`` goes from 0 to 100."""

    status: HealthStatus
    score: int
    checked_at: datetime
    checks: tuple[Check, ...]


def report_of(observations: Iterable[Observation], now: datetime) -> HealthReport:
    """Judge what was observed; a check that nothing was observed for has no data."""
    observed = {observation.name: observation for observation in observations}
    checks = tuple(judged(observed.get(name) or Observation(name=name, detail="It was not looked at.")) for name in CheckName)
    return HealthReport(status=_status_of(checks), score=_score_of(checks), checked_at=instant(now), checks=checks)


def unseen(reason: str, now: datetime) -> HealthReport:
    """The report of a site that is not looked at, for one reason."""
    return report_of((Observation(name=name, detail=reason) for name in CheckName), now)


def judged(observation: Observation) -> Check:
    """What an observation comes to."""
    criterion, status = CRITERIA[observation.name], _judgement(observation)
    bounds = {CheckStatus.WARN: criterion.warn, CheckStatus.FAIL: criterion.fail}
    threshold = next(bound for bound in (bounds.get(status), criterion.warn, criterion.fail) if bound is not None)
    return Check(
        name=observation.name,
        status=status,
        detail=observation.detail,
        threshold=threshold,
        value=observation.value,
        applies=observation.applies,
    )


def _judgement(observation: Observation) -> CheckStatus:
    criterion, value = CRITERIA[observation.name], observation.value
    if not observation.applies:
        return CheckStatus.SKIPPED
    if observation.failed:
        return CheckStatus.FAIL
    if value is None:
        return CheckStatus.SKIPPED
    if _is_as_bad_as(value, criterion.fail, criterion):
        return CheckStatus.FAIL
    return CheckStatus.WARN if _is_as_bad_as(value, criterion.warn, criterion) else CheckStatus.PASS


def _is_as_bad_as(value: Value, bound: Value | None, criterion: Criterion) -> bool:
    if bound is None:
        return False
    if isinstance(value, str) or isinstance(bound, str):
        beyond = compare(str(value), str(bound))
    else:
        beyond = (value > bound) - (value < bound)
    return beyond < 0 if criterion.lower_is_worse else beyond >= 0


def _status_of(checks: tuple[Check, ...]) -> HealthStatus:
    failed = {CRITERIA[check.name].importance for check in checks if check.status is CheckStatus.FAIL}
    warned = {CRITERIA[check.name].importance for check in checks if check.status is CheckStatus.WARN}
    missing = {CRITERIA[check.name].importance for check in checks if check.is_missing}
    if Importance.CRITICAL in failed:
        return HealthStatus.UNHEALTHY
    if failed or warned - {Importance.UPKEEP}:
        return HealthStatus.DEGRADED
    return HealthStatus.UNKNOWN if missing - {Importance.UPKEEP} else HealthStatus.HEALTHY


def _score_of(checks: tuple[Check, ...]) -> int:
    """The share of the weight that passed, in a hundred and rounded down; a warning gives half, missing data nothing."""
    halves = {CheckStatus.PASS: 2, CheckStatus.WARN: 1}
    weight = sum(CRITERIA[check.name].weight for check in checks if check.applies)
    passed = sum(halves.get(check.status, 0) * CRITERIA[check.name].weight for check in checks if check.applies)
    return 50 * passed // weight if weight else 0
