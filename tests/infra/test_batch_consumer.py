"""BatchConsumer: what one line for a queue and its consumer comes to, and what it refuses."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam

from constructs.batch_consumer import BatchConsumer, DeadLetterQueue
from constructs.batch_consumer.checks import ConsumerError
from constructs.portal_table import Read, Write
from tests.infra.support import Bed, Json, Resource, listed, make_bed, resources_of, statements_of

ELEVEN = Counter(
    {
        "AWS::CloudWatch::Alarm": 2,
        "AWS::CodeDeploy::DeploymentGroup": 1,
        "AWS::IAM::Role": 1,
        "AWS::Lambda::Alias": 1,
        "AWS::Lambda::EventSourceMapping": 1,
        "AWS::Lambda::Function": 1,
        "AWS::Lambda::Version": 1,
        "AWS::Logs::LogGroup": 1,
        "AWS::SQS::Queue": 1,
        "AWS::SQS::QueuePolicy": 1,
    }
)
EXTRA = iam.PolicyStatement(sid="Extra", actions=["kms:GenerateMac"], resources=["arn:aws:kms:eu-west-1:1:key/k"])


@dataclass(frozen=True, kw_only=True)
class Consumers:
    """The template of a bed with two consumers and the dead-letter queue they share."""

    bed: Bed
    template: Json

    def of(self, id_: str, type_: str | None = None) -> list[Resource]:
        return [resource for resource in resources_of(self.template, type_) if resource.id.startswith(id_)]

    def one(self, id_: str, type_: str) -> Resource:
        (resource,) = self.of(id_, type_)
        return resource

    def statements(self, id_: str) -> dict[str, Json]:
        return {statement["Sid"]: statement for statement in statements_of(self.one(id_, "AWS::IAM::Role"))}

    def variables(self, id_: str) -> dict[str, Any]:
        variables: dict[str, Any] = self.one(id_, "AWS::Lambda::Function").properties["Environment"]["Variables"]
        return variables


def make_dead_letters(bed: Bed, *, alarms: bool = True) -> DeadLetterQueue:
    return DeadLetterQueue(
        bed.stack,
        "Dead",
        queue_name="bed-dlq",
        removal_policy=RemovalPolicy.DESTROY,
        alarms=bed.topic if alarms else None,  # type: ignore[arg-type, unused-ignore]
    )


def make_consumer(bed: Bed, dead: DeadLetterQueue, id_: str = "Plain", *, alarms: bool = True, **options: Any) -> BatchConsumer:
    settings: dict[str, Any] = {
        "queue_name": f"bed-{id_.lower()}",
        "handler": "tests.infra.synthetic.consume",
        "timeout": Duration.seconds(100),
    }
    return BatchConsumer(
        bed.stack,
        id_,
        dead_letters=dead,
        alarms=bed.topic if alarms else None,  # type: ignore[arg-type, unused-ignore]
        runtime=bed.api.runtime,
        **(settings | options),
    )


@pytest.fixture(scope="module")
def consumers(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Consumers:
    bed = make_bed(bundle, tmp_path_factory.mktemp("consumers"))
    dead = make_dead_letters(bed)
    make_consumer(bed, dead)
    make_consumer(
        bed,
        dead,
        "Full",
        timeout=Duration.seconds(150),
        table=bed.table,
        reads={Read.ITEM},
        writes={Write.PUT, Write.CHECK},
        statements=[EXTRA],
        environment={"LIMIT": "3"},
        retry_base=Duration.seconds(2),
        visibility=Duration.seconds(1000),
        filters=[{"body": {"messageType": ["SITE_CREATION"]}}],
    )
    return Consumers(bed=bed, template=bed.template())


@pytest.mark.parametrize("id_", ["Plain", "Full"])
def test_a_consumer_is_exactly_these_eleven_resources(id_: str, consumers: Consumers) -> None:
    assert Counter(resource.type for resource in consumers.of(id_)) == ELEVEN


def test_a_dead_letter_queue_is_a_queue_its_policy_and_an_alarm(consumers: Consumers) -> None:
    assert Counter(resource.type for resource in consumers.of("Dead")) == Counter(
        ["AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::CloudWatch::Alarm"]
    )


def test_without_a_topic_there_is_no_alarm(bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path)
    make_consumer(bed, make_dead_letters(bed, alarms=False), alarms=False)

    assert resources_of(bed.template(), "AWS::CloudWatch::Alarm") == []


# --- the queues


def test_a_queue_keeps_messages_for_four_days_and_is_polled_long(consumers: Consumers) -> None:
    queue = consumers.one("Plain", "AWS::SQS::Queue").properties

    assert (queue["QueueName"], queue["MessageRetentionPeriod"], queue["ReceiveMessageWaitTimeSeconds"]) == (
        "bed-plain",
        4 * 24 * 3600,
        20,
    )


def test_a_message_stays_invisible_for_six_times_what_the_function_may_take(consumers: Consumers) -> None:
    assert consumers.one("Plain", "AWS::SQS::Queue").properties["VisibilityTimeout"] == 600


def test_a_longer_visibility_may_be_asked_for(consumers: Consumers) -> None:
    assert consumers.one("Full", "AWS::SQS::Queue").properties["VisibilityTimeout"] == 1000


@pytest.mark.parametrize("id_", ["Plain", "Dead"])
def test_queues_are_encrypted_and_refuse_whoever_comes_without_tls(id_: str, consumers: Consumers) -> None:
    queue = consumers.one(id_, "AWS::SQS::Queue")
    policy = consumers.one(id_, "AWS::SQS::QueuePolicy").properties
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert queue.properties["SqsManagedSseEnabled"] is True
    assert policy["Queues"] == [{"Ref": queue.id}]
    assert (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "sqs:*", {"AWS": "*"})
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_after_three_receives_a_message_is_a_dead_letter(consumers: Consumers) -> None:
    dead = consumers.one("Dead", "AWS::SQS::Queue")

    assert consumers.one("Plain", "AWS::SQS::Queue").properties["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead.id, "Arn"]},
        "maxReceiveCount": 3,
    }


def test_dead_letters_are_kept_for_fourteen_days_and_come_from_these_queues_only(consumers: Consumers) -> None:
    dead = consumers.one("Dead", "AWS::SQS::Queue").properties
    sources = [json.dumps(arn) for arn in dead["RedriveAllowPolicy"]["sourceQueueArns"]]

    assert (dead["QueueName"], dead["MessageRetentionPeriod"]) == ("bed-dlq", 14 * 24 * 3600)
    assert dead["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    assert [source.rstrip('"]}').rpartition(":")[2] for source in sources] == ["bed-plain", "bed-full"]


def test_queues_go_with_their_stack_unless_the_stage_keeps_data(consumers: Consumers) -> None:
    assert {queue.body["DeletionPolicy"] for queue in resources_of(consumers.template, "AWS::SQS::Queue")} == {"Delete"}


# --- the mapping


def test_failed_records_are_reported_one_by_one_in_batches_of_ten_at_most_ten_at_once(consumers: Consumers) -> None:
    mapping = consumers.one("Plain", "AWS::Lambda::EventSourceMapping").properties

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (10, {"MaximumConcurrency": 10})
    assert "FilterCriteria" not in mapping


def test_the_mapping_is_between_the_queue_and_its_function(consumers: Consumers) -> None:
    mapping = consumers.one("Plain", "AWS::Lambda::EventSourceMapping").properties

    assert mapping["EventSourceArn"] == {"Fn::GetAtt": [consumers.one("Plain", "AWS::SQS::Queue").id, "Arn"]}
    assert f'{{"Ref": "{consumers.one("Plain", "AWS::Lambda::Alias").id}"}}' in json.dumps(mapping["FunctionName"])


def test_a_queue_that_others_fill_may_be_filtered(consumers: Consumers) -> None:
    (criterion,) = consumers.one("Full", "AWS::Lambda::EventSourceMapping").properties["FilterCriteria"]["Filters"]

    assert json.loads(criterion["Pattern"]) == {"body": {"messageType": ["SITE_CREATION"]}}


# --- the function


def test_a_consumer_s_role_may_work_off_its_queue_and_nothing_more(consumers: Consumers) -> None:
    actions = {sid: sorted(listed(statement["Action"])) for sid, statement in consumers.statements("Plain").items()}

    assert actions == {
        "OwnLog": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Traces": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        "Queue": [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ],
        "DeadLetters": ["sqs:SendMessage"],
    }


def test_a_consumer_s_role_reaches_its_own_queue_and_the_dead_letters_only(consumers: Consumers) -> None:
    statements = consumers.statements("Plain")
    own, dead = (consumers.one(id_, "AWS::SQS::Queue").id for id_ in ("Plain", "Dead"))

    assert statements["Queue"]["Resource"] == {"Fn::GetAtt": [own, "Arn"]}
    assert statements["DeadLetters"]["Resource"] == {"Fn::GetAtt": [dead, "Arn"]}


def test_what_is_declared_is_added_to_the_role(consumers: Consumers) -> None:
    statements = consumers.statements("Full")

    assert statements.keys() - consumers.statements("Plain").keys() == {"Table", "Extra"}
    assert sorted(statements["Table"]["Action"]) == ["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem"]


def test_a_function_knows_its_queues_and_the_wait_before_a_second_attempt(consumers: Consumers) -> None:
    assert consumers.variables("Plain") == {
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "STAGE": "bed",
        "QUEUE_URL": {"Ref": consumers.one("Plain", "AWS::SQS::Queue").id},
        "DEAD_LETTER_QUEUE_URL": {"Ref": consumers.one("Dead", "AWS::SQS::Queue").id},
        "RETRY_BASE_SECONDS": "60",
    }


def test_a_function_knows_its_table_and_what_it_is_given(consumers: Consumers) -> None:
    (table,) = resources_of(consumers.template, "AWS::DynamoDB::Table")
    given = {name: value for name, value in consumers.variables("Full").items() if name not in consumers.variables("Plain")}

    assert given == {"TABLE_NAME": {"Ref": table.id}, "LIMIT": "3"}
    assert consumers.variables("Full")["RETRY_BASE_SECONDS"] == "2"


def test_a_function_is_described_by_its_queue_and_by_its_first_sentence(consumers: Consumers) -> None:
    function = consumers.one("Plain", "AWS::Lambda::Function").properties

    assert function["Description"] == "bed-plain: Work on things."
    assert (function["FunctionName"], function["Handler"]) == ("bed-api-Plain", "tests.infra.synthetic.consume")
    assert (function["Timeout"], function["TracingConfig"]) == (100, {"Mode": "Active"})


# --- the alarms


def test_an_alarm_is_about_messages_older_than_five_minutes(consumers: Consumers) -> None:
    (alarm,) = (a for a in consumers.of("Plain", "AWS::CloudWatch::Alarm") if "MetricName" in a.properties)
    properties = alarm.properties
    queue = consumers.one("Plain", "AWS::SQS::Queue").id

    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    assert properties["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    assert (properties["Threshold"], properties["Statistic"]) == (300, "Maximum")


def test_an_alarm_is_about_a_function_that_fails_or_is_throttled(consumers: Consumers) -> None:
    (alarm,) = (a for a in consumers.of("Plain", "AWS::CloudWatch::Alarm") if "Metrics" in a.properties)
    series = {query["MetricStat"]["Metric"]["MetricName"] for query in alarm.properties["Metrics"] if "MetricStat" in query}

    assert series == {"Errors", "Throttles"}
    assert alarm.properties["Threshold"] == 0


def test_an_alarm_is_about_any_dead_letter(consumers: Consumers) -> None:
    alarm = consumers.one("Dead", "AWS::CloudWatch::Alarm").properties

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Maximum")


def test_alarms_tell_the_topic_when_they_begin_and_when_they_end_and_silence_is_none(consumers: Consumers) -> None:
    (topic,) = resources_of(consumers.template, "AWS::SNS::Topic")
    opinions = [
        (
            a.properties["AlarmActions"],
            a.properties["OKActions"],
            a.properties["ComparisonOperator"],
            a.properties["TreatMissingData"],
        )
        for a in resources_of(consumers.template, "AWS::CloudWatch::Alarm")
    ]

    assert len(opinions) == 5
    assert opinions == [([{"Ref": topic.id}], [{"Ref": topic.id}], "GreaterThanThreshold", "notBreaching")] * 5


def test_a_consumer_exposes_what_it_made(bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path)
    dead = make_dead_letters(bed)
    made = make_consumer(bed, dead)

    assert made.function.name == "bed-api-Plain"
    assert [alarm.node.id for alarm in made.alarms] == ["OldestMessage", "Faults"]
    assert (made.consumer.name, made.mapping.node.id, made.queue.node.id) == ("consume", "Mapping", "Queue")
    assert dead.alarm is not None


# --- what is refused

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a visibility below six times the timeout": (
        {"visibility": Duration.seconds(599)},
        "with a visibility of 599 s a message could be received again while it is worked on: leave visibility= out, or set",
    ),
    "a handler whose module is missing": (
        {"handler": "runtime.nowhere.consume"},
        "'runtime.nowhere.consume' does not import (No module named 'runtime.nowhere'): correct handler=.",
    ),
    "a handler that is missing in its module": ({"handler": "tests.infra.synthetic.nothing"}, "does not import (nothing)"),
    "a handler without a module": ({"handler": "consume"}, "correct handler=."),
    "a handler that is relative": ({"handler": ".handlers.consume"}, "correct handler=."),
    "a handler of a route": ({"handler": "tests.infra.synthetic.ReadThing"}, "decorate it with @consumer."),
    "a function that is no handler": ({"handler": "runtime.clock.iso"}, "decorate it with @consumer."),
    "a record that may take more than half the timeout": (
        {"handler": "tests.infra.synthetic.consume_slowly"},
        "go round without being started: set timeout= to 120 s or more, or seconds= of @consumer lower.",
    ),
    "reads without a table": ({"reads": {Read.ITEM}}, "bed-plain reads or writes without a table: pass table=."),
    "writes without a table": ({"writes": {Write.PUT}}, "bed-plain reads or writes without a table: pass table=."),
    "a name with a dot": ({"queue_name": "bed.plain"}, "use up to 80 letters, digits, hyphens and underscores."),
    "a name of a FIFO queue": ({"queue_name": "bed-plain.fifo"}, "use up to 80 letters, digits, hyphens and underscores."),
    "no name": ({"queue_name": ""}, "'' is no queue name"),
    "a name that is too long": ({"queue_name": "x" * 81}, "use up to 80 letters"),
}


@pytest.mark.parametrize(("options", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_could_not_work_is_refused_with_its_mend(
    options: dict[str, Any], sentence: str, bundle: Path, tmp_path: Path
) -> None:
    bed = make_bed(bundle, tmp_path)
    dead = make_dead_letters(bed)

    with pytest.raises(ConsumerError) as refusal:
        make_consumer(bed, dead, **options)

    assert str(options.get("queue_name", "bed-plain")) in str(refusal.value)
    assert sentence in str(refusal.value)


def test_two_consumers_of_one_queue_are_refused(bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path)
    dead = make_dead_letters(bed)
    make_consumer(bed, dead)

    with pytest.raises(ConsumerError, match="bed-plain: another consumer has this queue: give each a queue_name= of its own"):
        make_consumer(bed, dead, "Second", queue_name="bed-plain")


def test_an_eleventh_queue_is_refused_because_sqs_would_not_let_its_dead_letters_in(bundle: Path, tmp_path: Path) -> None:
    dead = make_dead_letters(make_bed(bundle, tmp_path))
    for number in range(10):
        dead.take_from(f"queue-{number}")

    with pytest.raises(ConsumerError, match="takes from 10 queues: give this one another"):
        dead.take_from("queue-10")


def test_the_topic_cannot_be_forgotten(bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path)

    with pytest.raises(TypeError, match="alarms"):
        DeadLetterQueue(bed.stack, "Dead", queue_name="bed-dlq", removal_policy=RemovalPolicy.DESTROY)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
