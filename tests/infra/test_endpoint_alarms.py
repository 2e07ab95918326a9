"""The alarms of an endpoint: over 1 % faults or any throttle, and a p95 over its latency, each for its own route."""

from __future__ import annotations

import pytest

from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.route import Route
from tests.infra.support import Json, Resource, Synthesised

WORDPRESS = ("GetSiteHealth", "GetPlugin", "ListSitePlugins", "UpdateSitePlugin", "ToggleSitePlugin")
WAITED_FOR = {"GetOperation": 21_000} | dict.fromkeys(WORDPRESS, 3_000)
"""The endpoints whose callers may ask to be kept waiting, and the milliseconds after which that is too long."""


def alarms_of(portal: Synthesised, route: Route) -> tuple[Resource, Resource]:
    """The fault and the latency alarm of a route."""
    key = "ANY $default" if route.path == "$default" else route.key
    alarms = portal.resources("AWS::CloudWatch::Alarm", component="api")
    faults, latency = (a for a in alarms if a.properties["AlarmDescription"].startswith(f"{key}: "))
    return faults, latency


def series_of(alarm: Resource) -> dict[str, Json]:
    return {query["Id"]: query.get("MetricStat", {}) for query in alarm.properties["Metrics"]}


def dimensions_of(stat: Json) -> dict[str, object]:
    return {dimension["Name"]: dimension["Value"] for dimension in stat["Metric"]["Dimensions"]}


def returned(alarm: Resource) -> list[str]:
    return [query["Id"] for query in alarm.properties["Metrics"] if query["ReturnData"]]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_the_fault_alarm_looks_at_faults_calls_and_throttles_at_once(route: Route, prod: Synthesised) -> None:
    faults, _ = alarms_of(prod, route)
    series = {id_: stat["Metric"]["MetricName"] for id_, stat in series_of(faults).items() if stat}

    assert series == {"faults": "5xx", "calls": "Count", "throttles": "Throttles"}
    assert returned(faults) == ["rate"]
    assert (faults.properties["Threshold"], faults.properties["ComparisonOperator"]) == (1, "GreaterThanThreshold")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_alarms_watch_their_own_route_and_function(route: Route, prod: Synthesised) -> None:
    faults, latency = alarms_of(prod, route)
    method, resource = ("ANY", "$default") if route.path == "$default" else (route.method, route.path)
    api = prod.resource("AWS::ApiGatewayV2::Api").id
    gateway = {"ApiId": {"Ref": api}, "Stage": "$default", "Method": method, "Resource": resource}

    assert dimensions_of(series_of(faults)["faults"]) == gateway
    assert dimensions_of(series_of(faults)["calls"]) == gateway
    assert dimensions_of(series_of(latency)["p95"]) == gateway
    assert dimensions_of(series_of(faults)["throttles"]) == {"FunctionName": {"Ref": prod.function(route.name).id}}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_the_latency_alarm_is_over_a_p95_of_half_a_second_unless_callers_may_wait(route: Route, prod: Synthesised) -> None:
    _, latency = alarms_of(prod, route)

    assert series_of(latency)["p95"]["Stat"] == "p95"
    assert latency.properties["Threshold"] == WAITED_FOR.get(route.name, 500)


def test_two_bad_periods_of_three_raise_an_alarm_and_silence_does_not(cloud_portal: Synthesised) -> None:
    opinions = {
        (a.properties["EvaluationPeriods"], a.properties["DatapointsToAlarm"], a.properties["TreatMissingData"])
        for a in cloud_portal.resources("AWS::CloudWatch::Alarm", component="api")
    }

    assert opinions == {(3, 2, "notBreaching")}


def test_alarms_look_at_five_minutes_at_a_time(cloud_portal: Synthesised) -> None:
    periods = {
        stat["Period"]
        for alarm in cloud_portal.resources("AWS::CloudWatch::Alarm", component="api")
        for stat in series_of(alarm).values()
        if stat
    }

    assert periods == {300}


def test_alarms_say_when_all_is_well_again(cloud_portal: Synthesised) -> None:
    for alarm in cloud_portal.resources("AWS::CloudWatch::Alarm"):
        assert alarm.properties["OKActions"] == alarm.properties["AlarmActions"]
