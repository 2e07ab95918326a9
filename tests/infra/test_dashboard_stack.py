"""The dashboard: one page a stage, with everything that somebody who is called at night looks at first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.support import Synthesised

TITLES = (
    "Requests",
    "Latency, ms",
    "Ended, by type and outcome",
    "Longest, s, by type and outcome",
    "Messages that wait",
    "Oldest message, s",
    "Records, by consumer and outcome",
    "Duration of a record, p95, ms",
    "Functions that failed or were throttled",
    "WordPress, p95, ms, by action",
    "Invitations",
    "Sites looked at, by how they were",
)
SEARCHED = {
    "OperationsEnded": "operationType,outcome",
    "OperationDuration": "operationType,outcome",
    "Records": "consumer,outcome",
    "RecordDuration": "consumer,outcome",
    "WordPressLatency": "action",
    "InvitationsSent": "effect,outcome",
    "InvitationsFailed": "effect,outcome",
    "InvitationsAccepted": "endpoint,outcome",
    "HealthChecks": "status",
}
"""The portal's own metrics on it, and the dimensions that they have besides service and stage."""


def body_of(portal: Synthesised) -> Any:
    """The dashboard's body; what CloudFormation fills in stands as its reference."""
    body = portal.resource("AWS::CloudWatch::Dashboard").properties["DashboardBody"]
    parts = [part if isinstance(part, str) else json.dumps(part).replace('"', "'") for part in body["Fn::Join"][1]]
    return json.loads("".join(parts))


def graphs_of(portal: Synthesised) -> dict[str, Any]:
    return {w["properties"]["title"]: w["properties"] for w in body_of(portal)["widgets"] if w["type"] == "metric"}


def test_the_dashboard_bears_the_name_of_its_stage(portal: Synthesised) -> None:
    dashboard = portal.resource("AWS::CloudWatch::Dashboard").properties

    assert dashboard["DashboardName"] == f"bbws-portal-{portal.stage.name}"


def test_the_dashboard_shows_every_part_of_the_portal(portal: Synthesised) -> None:
    assert tuple(graphs_of(portal)) == TITLES


@pytest.mark.parametrize(("name", "dimensions"), SEARCHED.items())
def test_the_portal_s_own_metrics_are_found_by_the_dimensions_they_are_emitted_with(
    name: str, dimensions: str, portal: Synthesised
) -> None:
    expressions = [m[0]["expression"] for graph in graphs_of(portal).values() for m in graph["metrics"] if "expression" in m[0]]
    (search,) = (expression for expression in expressions if f'MetricName="{name}"' in expression)

    assert search.startswith(f'SEARCH(\'{{BBWS/Portal,service,stage,{dimensions}}} stage="{portal.stage.name}" ')


def test_queues_are_shown_with_their_dead_letters(portal: Synthesised) -> None:
    waiting = graphs_of(portal)["Messages that wait"]["metrics"]

    assert [metric[-1]["label"] for metric in waiting] == ["creation", "update", "deletion", "dead letters"]
    assert {metric[1] for metric in waiting} == {"ApproximateNumberOfMessagesVisible"}


def test_the_api_is_shown_with_its_refusals_and_faults(portal: Synthesised) -> None:
    graphs = graphs_of(portal)

    assert [metric[1] for metric in graphs["Requests"]["metrics"]] == ["Count", "4xx", "5xx"]
    assert [metric[-1]["stat"] for metric in graphs["Latency, ms"]["metrics"]] == ["p50", "p95", "p99"]
