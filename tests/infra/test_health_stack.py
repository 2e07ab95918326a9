"""The refresher of the health of PROD: what it may do, how often it runs, and who hears when it fails."""

from __future__ import annotations

from tests.infra.support import Json, Resource, Synthesised, listed, statements_of


def refresher(portal: Synthesised) -> Resource:
    return portal.function("health-refresher")


def statements(portal: Synthesised) -> dict[str, Json]:
    return {statement["Sid"]: statement for statement in statements_of(portal.role_of(refresher(portal)))}


def test_the_refresher_may_do_exactly_this(portal: Synthesised) -> None:
    found = {sid: set(listed(statement["Action"])) for sid, statement in statements(portal).items()}

    on_aws = {"NetworkInterfaces", "NotByCode"} if portal.stage.hosting else set()

    assert found.keys() - on_aws == found.keys() - {"NetworkInterfaces", "NotByCode"}
    assert {sid: actions for sid, actions in found.items() if sid not in on_aws} == {
        "OwnLog": {"logs:CreateLogStream", "logs:PutLogEvents"},
        "Traces": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
        "GSI1": {"dynamodb:Query"},
        "Table": {f"dynamodb:{verb}" for verb in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem")},
        "AgentSecrets": {"kms:GenerateMac"},
    }


def test_the_refresher_asks_sites_as_the_endpoints_do(portal: Synthesised) -> None:
    variables = refresher(portal).properties["Environment"]["Variables"]

    assert portal.exported(variables["AGENT_KEY_ID"]) == {"Fn::GetAtt": [portal.key("AgentKey").id, "Arn"]}
    assert variables["AGENT_KEY_ID"] == statements(portal)["AgentSecrets"]["Resource"]
    assert ("WORDPRESS_GATEWAY" in variables) == (portal.stage.hosting is not None)


def test_the_refresher_runs_once_a_minute_and_ends_before_the_next_one(portal: Synthesised) -> None:
    (rule,) = portal.resources("AWS::Events::Rule", component="health")

    assert (rule.properties["ScheduleExpression"], rule.properties["State"]) == ("rate(1 minute)", "ENABLED")
    assert portal.leads_to(rule.properties["Targets"][0]["Arn"], refresher(portal))
    assert refresher(portal).properties["Handler"] == "runtime.health.refresher.refresh"
    assert refresher(portal).properties["Timeout"] < 60


def test_a_refresher_that_fails_or_is_throttled_alarms(cloud_portal: Synthesised) -> None:
    (alarm,) = cloud_portal.resources("AWS::CloudWatch::Alarm", component="health")
    series = {q["MetricStat"]["Metric"]["MetricName"] for q in alarm.properties["Metrics"] if "MetricStat" in q}

    assert series == {"Errors", "Throttles"}
    assert (alarm.properties["Threshold"], alarm.properties["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert "the health of PROD" in alarm.properties["AlarmDescription"]
