"""The portal's own metrics, as its functions emit them."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from runtime.observability import NAMESPACE, SERVICE
from stacks.config import Stage


def portal_metric(
    stage: Stage, name: str, *, statistic: str, period: Duration, label: str | None = None, **dimensions: str
) -> cloudwatch.Metric:
    """One series; CloudWatch finds it only by all of its dimensions."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE, "stage": stage.name, **dimensions},
        statistic=statistic,
        period=period,
        label=label,
    )


def portal_search(
    stage: Stage, name: str, *, by: tuple[str, ...], statistic: str, period: Duration, label: str
) -> cloudwatch.MathExpression:
    """Every series of a metric of this stage, whatever its other dimensions ``by`` hold."""
    schema = ",".join((NAMESPACE, "service", "stage", *by))
    seconds = f"{period.to_seconds():g}"
    search = f"SEARCH('{{{schema}}} stage=\"{stage.name}\" MetricName=\"{name}\"', '{statistic}', {seconds})"
    return cloudwatch.MathExpression(expression=search, using_metrics={}, label=label, period=period)
