"""What it costs to see how a stage is: logs, metrics, alarms, traces."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ops.costs.assumptions import HOURS, KB_IN_GB, SECONDS
from ops.costs.bill import Line
from ops.costs.lines_portal import invocations
from ops.costs.load import Load

SAMPLED = 0.05
"""X-Ray's default rule: the first request of each second, and five in a hundred of the others.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
"""

OF_AN_ENDPOINT = 2
"""Requests and Latency, for each class of status: runtime/hateoas_endpoint/endpoint.py."""

OF_AN_OPERATION, OF_A_CONSUMER, OF_LOOKS = 4, 6, 7
"""Ends and durations by outcome; records and durations by three outcomes; latencies of three actions, and four states."""


def watching_lines(load: Load) -> Iterator[Line]:
    """The lines of logs, metrics, alarms and traces."""
    gb, days = sum(logged_gb(load).values()), load.inventory.log_days
    for what, much in logged_gb(load).items():
        yield Line(resource="Logs (CloudWatch)", item=what, quantity=much, price="logs.ingested")
    kept = gb * days / 30 * load.assumptions.watched.stored
    yield Line(resource="Logs (CloudWatch)", item="kept", quantity=kept, price="logs.stored")
    yield from _metrics(load)
    stage, cell = load.inventory.stage, load.inventory.cell
    name = "Alarms, dashboard, traces"
    alarms = stage.alarm_metrics + cell.alarm_metrics * (load.cells - 1)
    yield Line(resource=name, item="metrics in alarms", quantity=alarms, price="cloudwatch.alarm")
    dashboards = load.inventory.count("AWS::CloudWatch::Dashboard")
    yield Line(resource=name, item="dashboard", quantity=dashboards, price="cloudwatch.dashboard")
    yield Line(resource=name, item="traces", quantity=traced(invocations(load)), price="xray.trace")


def logged_gb(load: Load) -> dict[str, float]:
    """What is written to logs, by whom."""
    watched, cells = load.assumptions.watched, load.cells
    portal = load.calls * watched.call_kb + (load.turns + load.entries + load.rounds) * watched.turn_kb
    return {
        "functions and API": (portal + load.looks * watched.look_kb) / KB_IN_GB,
        "requests to sites, and jobs": (load.requests * watched.request_kb + load.jobs * watched.job_kb) / KB_IN_GB,
        "refused packets": load.inventory.cell.addresses * cells * watched.refused_gb,
        "container insights, slow queries": cells * watched.cell_gb,
    }


def seen(an_hour: float) -> float:
    """The share of hours in which something that happens so often, at random, happens at all: a metric is billed for these."""
    return 1 - math.exp(-an_hour)


def traced(requests: float) -> float:
    """How many of so many requests X-Ray keeps, were they spread evenly."""
    return min(requests, SECONDS) + max(0.0, requests - SECONDS) * SAMPLED


def _metrics(load: Load) -> Iterator[Line]:
    inventory, watched, name = load.inventory, load.assumptions.watched, "Metrics (CloudWatch)"
    routes = inventory.count("AWS::ApiGatewayV2::Route")
    a_route = load.calls / routes / HOURS
    kinds = len(load.assumptions.kinds)
    an_operation = load.operations / kinds / HOURS
    endpoints = routes * OF_AN_ENDPOINT * (seen(a_route) + seen(a_route * watched.refusals))
    operations = kinds * OF_AN_OPERATION * seen(an_operation) + inventory.polled_queues * OF_A_CONSUMER * seen(an_operation)
    looks = OF_LOOKS * seen(load.looks / HOURS)
    gateway = inventory.gateway_metrics * seen(a_route)
    yield Line(resource=name, item="of each route, by the gateway", quantity=gateway, price="cloudwatch.metric")
    yield Line(resource=name, item="of ours", quantity=endpoints + operations + looks, price="cloudwatch.metric")
    insights = watched.insights * load.cells
    yield Line(resource=name, item="container insights", quantity=insights, price="cloudwatch.metric")
