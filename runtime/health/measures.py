"""What is counted of the looks at sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from aws_lambda_powertools.metrics import MetricUnit

from runtime.health.domain import HealthReport
from runtime.observability import emit


def measure(reports: Iterable[HealthReport]) -> None:
    """Count the sites that were looked at, by how they were."""
    for status, count in Counter(report.status for report in reports).items():
        emit({"HealthChecks": (MetricUnit.Count, [count])}, status=status.value)
