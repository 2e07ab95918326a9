"""Looking at dead letters, and putting them back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.dead_letters import NO_REASON, queue_name, read, redrive, table_of


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("sqs", region_name="eu-west-1")
        for name in ("creation", "update", "deletion", "operations-dlq"):
            client.create_queue(QueueName=queue_name(name, "dev"))
        yield client


def url(sqs: Any, queue: str) -> str:
    return str(sqs.get_queue_url(QueueName=queue_name(queue, "dev"))["QueueUrl"])


def bury(sqs: Any, *, queue: str = "creation", operation: str = "op-1", run: str = "1") -> None:
    """What a consumer does with what it gives up."""
    marks = {
        "deadLetterReason": "WP_001: The database is not there.",
        "deadLetterSource": queue_name(queue, "dev"),
        "deadLetterRun": run,
        "operationId": operation,
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in marks.items()}
    body = json.dumps({"operationId": operation})
    sqs.send_message(QueueUrl=url(sqs, "operations-dlq"), MessageBody=body, MessageAttributes=attributes)


def received(sqs: Any, queue: str) -> list[Any]:
    answer = sqs.receive_message(QueueUrl=url(sqs, queue), MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    messages: list[Any] = answer.get("Messages", [])
    return messages


def test_a_dead_letter_says_where_it_came_from_why_and_of_which_operation(sqs: Any) -> None:
    bury(sqs, queue="update", operation="op-7")

    (letter,) = read(sqs, "dev")

    assert (letter.queue, letter.operation_id, letter.reason) == ("update", "op-7", "WP_001: The database is not there.")


def test_looking_leaves_the_letters_where_they_are(sqs: Any) -> None:
    for number in range(12):
        bury(sqs, operation=f"op-{number}")

    assert [len(read(sqs, "dev")), len(read(sqs, "dev"))] == [12, 12]


def test_a_letter_that_sqs_moved_itself_is_shown_without_a_reason_of_ours(sqs: Any) -> None:
    sqs.send_message(QueueUrl=url(sqs, "operations-dlq"), MessageBody="no json")

    (letter,) = read(sqs, "dev")

    assert (letter.reason, letter.operation_id) == (NO_REASON, None)


def test_what_is_put_back_is_on_its_queue_with_its_marks_and_no_longer_dead(sqs: Any) -> None:
    bury(sqs, operation="op-1", run="2")

    count = redrive(sqs, "dev", queue="creation")

    (message,) = received(sqs, "creation")
    assert (count, message["MessageAttributes"]["deadLetterRun"]["StringValue"]) == (1, "2")
    assert read(sqs, "dev") == []


def test_only_what_was_asked_for_is_put_back(sqs: Any) -> None:
    bury(sqs, operation="op-1")
    bury(sqs, operation="op-2")
    bury(sqs, queue="deletion", operation="op-3")

    assert redrive(sqs, "dev", queue="creation", operation_id="op-2") == 1

    assert {letter.operation_id for letter in read(sqs, "dev")} == {"op-1", "op-3"}


def test_the_table_is_as_wide_as_what_is_in_it(sqs: Any) -> None:
    bury(sqs, operation="op-1")
    (letter,) = read(sqs, "dev")

    table = table_of([letter], letter.since + timedelta(seconds=75)).splitlines()

    assert table == [
        "QUEUE     AGE      OPERATION  REASON",
        "creation  0:01:15  op-1       WP_001: The database is not there.",
    ]
