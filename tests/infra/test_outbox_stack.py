"""The dispatcher on the table's stream, and the sweeper that looks after it."""

from __future__ import annotations

import json

import pytest

from tests.infra.support import Json, Resource, Synthesised, listed, statements_of

BOTH = {
    "OwnLog": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "Traces": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
    "Table": {f"dynamodb:{verb}" for verb in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")},
    "Tokens": {"kms:GenerateMac"},
    "Mail": {"ses:SendEmail"},
    "Claims": {"cognito-idp:AdminGetUser", "cognito-idp:AdminUpdateUserAttributes"},
    "Queues": {"sqs:SendMessage"},
    "Events": {"events:PutEvents"},
}
ADDRESSES = {
    "CREATION_QUEUE_URL": "bbws-wp-site-creation-{}",
    "UPDATE_QUEUE_URL": "bbws-wp-site-update-{}",
    "DELETION_QUEUE_URL": "bbws-wp-site-deletion-{}",
    "EVENT_BUS_NAME": "bbws-portal-{}",
}
STREAM = {"Stream": {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}}


def mapping_of(portal: Synthesised) -> Json:
    (mapping,) = portal.resources("AWS::Lambda::EventSourceMapping", component="outbox")
    return mapping.properties


def statements(portal: Synthesised, name: str) -> dict[str, Json]:
    return {statement["Sid"]: statement for statement in statements_of(portal.role_of(function(portal, name)))}


def function(portal: Synthesised, name: str) -> Resource:
    return portal.function(f"outbox-{name}")


@pytest.mark.parametrize(("name", "expected"), [("dispatcher", BOTH | STREAM), ("sweeper", BOTH)])
def test_a_function_of_the_outbox_may_do_exactly_this(name: str, expected: dict[str, set[str]], portal: Synthesised) -> None:
    found = {sid: set(listed(statement["Action"])) for sid, statement in statements(portal, name).items()}

    assert found == expected


@pytest.mark.parametrize("name", ["dispatcher", "sweeper"])
def test_only_x_ray_gets_the_wildcard(name: str, portal: Synthesised) -> None:
    wild = {sid for sid, statement in statements(portal, name).items() if "*" in listed(statement["Resource"])}

    assert wild == {"Traces"}


@pytest.mark.parametrize("name", ["dispatcher", "sweeper"])
def test_mail_leaves_from_the_one_address_of_the_stage(name: str, portal: Synthesised) -> None:
    mail = statements(portal, name)["Mail"]
    identity = portal.resource("AWS::SES::EmailIdentity").properties["EmailIdentity"]

    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": portal.stage.mail_from}}
    assert portal.stage.mail_from.endswith(f"@{identity}")
    assert mail["Resource"]["Fn::Join"][1][-1].endswith(f":identity/{identity}")


def test_the_dispatcher_hears_of_new_outbox_entries_and_of_nothing_else(portal: Synthesised) -> None:
    (criterion,) = mapping_of(portal)["FilterCriteria"]["Filters"]

    assert json.loads(criterion["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"entityType": {"S": ["OUTBOX"]}}},
    }


def test_one_bad_record_never_holds_up_the_others(portal: Synthesised) -> None:
    mapping = mapping_of(portal)

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 2


def test_nothing_written_before_the_mapping_was_there_is_passed_over(portal: Synthesised) -> None:
    assert mapping_of(portal)["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("name", ["dispatcher", "sweeper"])
def test_a_function_ends_before_the_lease_of_what_it_carries_out(name: str, portal: Synthesised) -> None:
    assert function(portal, name).properties["Timeout"] < 60


def test_the_sweeper_runs_once_a_minute(portal: Synthesised) -> None:
    (rule,) = portal.resources("AWS::Events::Rule", component="outbox")

    assert (rule.properties["ScheduleExpression"], rule.properties["State"]) == ("rate(1 minute)", "ENABLED")
    assert portal.leads_to(rule.properties["Targets"][0]["Arn"], function(portal, "sweeper"))


@pytest.mark.parametrize("name", ["dispatcher", "sweeper"])
def test_a_failing_or_throttled_function_alarms(name: str, cloud_portal: Synthesised) -> None:
    alarms = [
        alarm.properties
        for alarm in cloud_portal.resources("AWS::CloudWatch::Alarm", component="outbox")
        if f"-{name} " in alarm.properties["AlarmDescription"]
    ]
    (alarm,) = alarms
    series = {query["MetricStat"]["Metric"]["MetricName"] for query in alarm["Metrics"] if "MetricStat" in query}

    assert series == {"Errors", "Throttles"}
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize("name", ["dispatcher", "sweeper"])
def test_messages_and_events_go_to_the_queues_and_the_bus_of_the_stage_only(name: str, portal: Synthesised) -> None:
    found = statements(portal, name)
    queues = [portal.exported(arn) for arn in listed(found["Queues"]["Resource"])]
    names = {queue.id: queue.properties["QueueName"] for queue in portal.resources("AWS::SQS::Queue")}

    assert sorted(names[arn["Fn::GetAtt"][0]] for arn in queues) == [
        f"bbws-wp-site-{purpose}-{portal.stage.name}" for purpose in ("creation", "deletion", "update")
    ]
    assert portal.exported(found["Events"]["Resource"]) == {"Fn::GetAtt": [portal.resource("AWS::Events::EventBus").id, "Arn"]}


@pytest.mark.parametrize("name", ["dispatcher", "sweeper"])
def test_a_function_of_the_outbox_knows_the_queues_and_the_bus(name: str, portal: Synthesised) -> None:
    variables = function(portal, name).properties["Environment"]["Variables"]
    known = {variable: portal.exported(variables[variable])["Ref"] for variable in ADDRESSES}
    names = {
        resource.id: resource.properties.get("QueueName", resource.properties.get("Name"))
        for resource in portal.resources()
        if resource.type in {"AWS::SQS::Queue", "AWS::Events::EventBus"}
    }

    assert {variable: names[id_] for variable, id_ in known.items()} == {
        variable: name.format(portal.stage.name) for variable, name in ADDRESSES.items()
    }
