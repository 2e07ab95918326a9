"""The queues of operations with their consumers, the sweeper, the event bus, and what the consumers may do with the hosting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.support import Json, Resource, Synthesised, listed, statements_of

CONSUMERS = {"SiteCreation": ("creation", 150, 900), "SiteUpdate": ("update", 100, 600), "SiteDeletion": ("deletion", 100, 600)}
"""Each consumer's queue, its timeout and the visibility of its messages, in seconds."""

EVERYWHERE = {
    "OwnLog": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "Traces": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
    "Queue": {
        f"sqs:{action}"
        for action in ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage")
    },
    "DeadLetters": {"sqs:SendMessage"},
    "Table": {
        f"dynamodb:{verb}" for verb in ("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem")
    },
    "AgentSecrets": {"kms:GenerateMac"},
}
INTERFACES = {
    f"ec2:{action}"
    for action in (
        *("AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface"),
        *("DescribeNetworkInterfaces", "DescribeSubnets", "UnassignPrivateIpAddresses"),
    )
}
ON_AWS = {
    "StartTasks": {"ecs:RunTask"},
    "FollowTasks": {"ecs:DescribeTasks", "ecs:StopTask"},
    "TaskRoles": {"iam:PassRole"},
    "NetworkInterfaces": INTERFACES,
    "NotByCode": INTERFACES,
}


def queue_of(portal: Synthesised, purpose: str) -> Resource:
    name = f"bbws-wp-site-{purpose}-{portal.stage.name}"
    (queue,) = (queue for queue in portal.resources("AWS::SQS::Queue") if queue.properties["QueueName"] == name)
    return queue


def statements(portal: Synthesised, name: str) -> dict[str, Json]:
    return {statement["Sid"]: statement for statement in statements_of(portal.role_of(portal.function(name)))}


def variables(portal: Synthesised, name: str) -> dict[str, Any]:
    found: dict[str, Any] = portal.function(name).properties["Environment"]["Variables"]
    return found


def alarm_about(portal: Synthesised, metric: str) -> Resource:
    """The alarm on one of the portal's own metrics."""
    (found,) = (a for a in portal.resources("AWS::CloudWatch::Alarm") if metric in str(a.properties))
    return found


@pytest.mark.parametrize(("name", "figures"), CONSUMERS.items())
def test_each_queue_has_its_name_and_its_visibility_and_its_consumer_a_sixth_of_that(
    name: str, figures: tuple[str, int, int], portal: Synthesised
) -> None:
    purpose, timeout, visibility = figures
    mapped = [
        mapping.properties["EventSourceArn"]
        for mapping in portal.resources("AWS::Lambda::EventSourceMapping", component="operations")
        if portal.leads_to(mapping.properties["FunctionName"], portal.function(name))
    ]

    assert queue_of(portal, purpose).properties["VisibilityTimeout"] == visibility
    assert portal.function(name).properties["Timeout"] == timeout
    assert portal.function(name).properties["Handler"] == f"runtime.sites.consumers.{purpose}"
    assert mapped == [{"Fn::GetAtt": [queue_of(portal, purpose).id, "Arn"]}]


def test_three_queues_share_one_dead_letter_queue(portal: Synthesised) -> None:
    dead = queue_of(portal, "operations-dlq")
    targets = {
        queue.properties["QueueName"]: queue.properties["RedrivePolicy"]["deadLetterTargetArn"]
        for queue in portal.resources("AWS::SQS::Queue")
        if queue.id != dead.id
    }

    assert targets == {
        f"bbws-wp-site-{purpose}-{portal.stage.name}": {"Fn::GetAtt": [dead.id, "Arn"]}
        for purpose in ("creation", "deletion", "update")
    }


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_may_do_exactly_this(name: str, portal: Synthesised) -> None:
    found = {sid: set(listed(statement["Action"])) for sid, statement in statements(portal, name).items()}

    assert found == (EVERYWHERE if portal.stage.name == "local" else EVERYWHERE | ON_AWS)


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_derives_secrets_of_agents_and_no_invitation_tokens(name: str, portal: Synthesised) -> None:
    key = statements(portal, name)["AgentSecrets"]["Resource"]

    assert portal.exported(key) == {"Fn::GetAtt": [portal.key("AgentKey").id, "Arn"]}
    assert variables(portal, name)["AGENT_KEY_ID"] == key


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_starts_the_one_maintenance_task_in_the_one_cluster(name: str, cloud_portal: Synthesised) -> None:
    found = statements(cloud_portal, name)
    start, follow = found["StartTasks"], found["FollowTasks"]
    prefix = cloud_portal.stage.prefix

    assert start["Resource"]["Fn::Join"][1][-1] == f":task-definition/{prefix}-maintenance:*"
    assert follow["Resource"]["Fn::Join"][1][-1] == f":task/{prefix}-maintenance/*"
    for statement in (start, follow):
        assert statement["Condition"]["ArnEquals"]["ecs:cluster"]["Fn::Join"][1][-1] == f":cluster/{prefix}-maintenance"


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_hands_the_task_its_two_roles_and_ecs_alone(name: str, cloud_portal: Synthesised) -> None:
    statement = statements(cloud_portal, name)["TaskRoles"]

    roles = [cloud_portal.exported(role)["Fn::GetAtt"][0] for role in statement["Resource"]]

    assert [role.partition("Role")[0] for role in roles] == ["TasksExecution", "TasksMaintenance"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_on_aws_knows_the_hosting(name: str, cloud_portal: Synthesised) -> None:
    known = variables(cloud_portal, name)
    stacks = {
        variable: {
            part["Fn::ImportValue"].partition(":")[0].removeprefix(f"{cloud_portal.stage.prefix}-")
            for part in known[variable].get("Fn::Join", [[], [known[variable]]])[1]
            if isinstance(part, dict)
        }
        for variable in known
        if variable.startswith(("MAINTENANCE_", "WORDPRESS_")) and isinstance(known[variable], dict)
    }

    assert stacks == {
        "WORDPRESS_GATEWAY": {"hosting"},
        "MAINTENANCE_LOG_GROUP": {"hosting"},
        "MAINTENANCE_SECURITY_GROUPS": {"network"},
        "MAINTENANCE_SUBNETS": {"network"},
    }
    assert known["MAINTENANCE_CLUSTER"] == f"{cloud_portal.stage.prefix}-maintenance"
    assert known["MAINTENANCE_TASK"] == f"{cloud_portal.stage.prefix}-maintenance"


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_new_image_is_started_without_a_change_of_the_consumers(name: str, cloud_portal: Synthesised) -> None:
    assert "TaskDefinition" not in str(variables(cloud_portal, name)) + str(statements(cloud_portal, name))


@pytest.mark.parametrize("name", CONSUMERS)
def test_the_local_template_says_nothing_of_the_machine_that_wordpress_runs_on(
    name: str, portals: dict[str, Synthesised]
) -> None:
    assert variables(portals["local"], name).keys() == {
        "POWERTOOLS_LOG_LEVEL", "STAGE", "TABLE_NAME", "AGENT_KEY_ID",
        "QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "RETRY_BASE_SECONDS",
    }  # fmt: skip


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_second_attempt_waits_for_a_minute_and_in_local_for_two_seconds(name: str, portal: Synthesised) -> None:
    assert variables(portal, name)["RETRY_BASE_SECONDS"] == ("2" if portal.stage.name == "local" else "60")


def test_the_sweeper_reads_and_writes_what_it_has_to_and_reaches_nothing_but_the_table(portal: Synthesised) -> None:
    found = {sid: set(listed(s["Action"])) for sid, s in statements(portal, "operations-sweeper").items()}

    assert {sid: actions for sid, actions in found.items() if sid not in {"OwnLog", "Traces"}} == {
        "GSI1": {"dynamodb:Query"},
        "Table": {f"dynamodb:{verb}" for verb in ("BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem", "UpdateItem")},
    }


def test_the_sweeper_runs_once_a_minute_and_ends_before_the_next_one(portal: Synthesised) -> None:
    (rule,) = portal.resources("AWS::Events::Rule", component="operations")
    sweeper = portal.function("operations-sweeper")

    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"
    assert portal.leads_to(rule.properties["Targets"][0]["Arn"], sweeper)
    assert sweeper.properties["Timeout"] < 60


def test_the_event_bus_bears_the_name_of_the_stage(portal: Synthesised) -> None:
    assert portal.resource("AWS::Events::EventBus").properties["Name"] == f"bbws-portal-{portal.stage.name}"


def test_an_alarm_is_about_a_creation_of_over_ten_minutes_however_it_ended(cloud_portal: Synthesised) -> None:
    alarm = alarm_about(cloud_portal, "OperationDuration").properties
    series = [query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query]
    dimensions = [{d["Name"]: d["Value"] for d in one["Metric"]["Dimensions"]} for one in series]
    common = {"service": "bbws-portal", "stage": cloud_portal.stage.name, "operationType": "SITE_CREATION"}

    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (600, "GreaterThanThreshold")
    assert {(one["Metric"]["Namespace"], one["Stat"]) for one in series} == {("BBWS/Portal", "Maximum")}
    assert dimensions == [common | {"outcome": "COMPLETED"}, common | {"outcome": "FAILED"}]


def test_an_alarm_is_about_more_than_five_failed_creations_in_a_quarter_of_an_hour(cloud_portal: Synthesised) -> None:
    alarm = alarm_about(cloud_portal, "OperationsEnded").properties

    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (5, "GreaterThanThreshold")
    assert (alarm["Namespace"], alarm["Statistic"], alarm["Period"]) == ("BBWS/Portal", "Sum", 900)
    assert {d["Name"]: d["Value"] for d in alarm["Dimensions"]} == {
        "service": "bbws-portal",
        "stage": cloud_portal.stage.name,
        "operationType": "SITE_CREATION",
        "outcome": "FAILED",
    }


def test_operations_are_watched_by_ten_alarms(cloud_portal: Synthesised) -> None:
    """For each queue its age and its function; the dead letters, the sweeper, slow and failed creations."""
    assert len(cloud_portal.resources("AWS::CloudWatch::Alarm", component="operations")) == 2 * len(CONSUMERS) + 4
