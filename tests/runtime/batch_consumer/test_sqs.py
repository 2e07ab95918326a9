"""A consumer on SQS: what its adapter asks of the service, and the function as Lambda calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from runtime import ports as runtime_ports
from runtime.batch_consumer.ports import environment_consumer_ports
from runtime.batch_consumer.sqs import SqsQueue
from tests.runtime.batch_consumer.queues import body, lambda_context
from tests.runtime.batch_consumer.test_observed import work
from tests.runtime.dynamo import client_of


@dataclass
class Sqs:
    """Two queues of moto's, and the adapter on them."""

    client: Any
    url: str
    dead_url: str

    @property
    def queue(self) -> SqsQueue:
        return SqsQueue(self.client, self.url, self.dead_url)

    def received(self, url: str) -> list[dict[str, Any]]:
        answer = self.client.receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"], MaxNumberOfMessages=10
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages


@pytest.fixture
def sqs() -> Iterator[Sqs]:
    with mock_aws():
        client = client_of("sqs")
        yield Sqs(client, *(client.create_queue(QueueName=name)["QueueUrl"] for name in ("queue", "dead")))


def attributes_of(message: dict[str, Any]) -> dict[str, str]:
    return {name: attribute["StringValue"] for name, attribute in message.get("MessageAttributes", {}).items()}


def test_a_copy_has_the_body_and_the_attributes_and_can_be_received_at_once(sqs: Sqs) -> None:
    sqs.queue.send("text", {"run": "2"}, delay=0)

    (message,) = sqs.received(sqs.url)
    assert (message["Body"], attributes_of(message)) == ("text", {"run": "2"})
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_copy_with_a_delay_cannot_be_received_before(sqs: Sqs) -> None:
    sqs.queue.send("text", {}, delay=900)

    assert sqs.received(sqs.url) == []


def test_a_dead_letter_goes_to_the_dead_letter_queue(sqs: Sqs) -> None:
    sqs.queue.bury("text", {"deadLetterReason": "given up"})

    (letter,) = sqs.received(sqs.dead_url)
    assert (letter["Body"], attributes_of(letter)) == ("text", {"deadLetterReason": "given up"})
    assert sqs.received(sqs.url) == []


def test_a_message_s_visibility_is_set_from_now_on() -> None:
    client: Any = client_of("sqs")
    with Stubber(client) as stub:
        expected = {"QueueUrl": "https://queue", "ReceiptHandle": "receipt", "VisibilityTimeout": 61}
        stub.add_response("change_message_visibility", {}, expected)

        SqsQueue(client, "https://queue", "https://dead").hide("receipt", seconds=61)

        stub.assert_no_pending_responses()


def test_sqs_is_given_no_more_attributes_than_it_takes_and_none_that_it_refuses(sqs: Sqs) -> None:
    many = {f"attribute{number}": "value" for number in range(20)}

    sqs.queue.bury("text", {"deadLetterReason": "line\none\x00two\ufffe" + "x" * 5000, "empty": "", **many})

    (letter,) = sqs.received(sqs.dead_url)
    attributes = attributes_of(letter)
    assert attributes["deadLetterReason"].startswith("line\none?two?xxx")
    assert len(attributes["deadLetterReason"]) == 1024
    assert attributes.keys() == {"deadLetterReason", *list(many)[:9]}


@pytest.fixture
def deployed(sqs: Sqs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqs]:
    """The environment that the construct gives to the function."""
    monkeypatch.setenv("QUEUE_URL", sqs.url)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", sqs.dead_url)
    monkeypatch.setenv("RETRY_BASE_SECONDS", "2")
    runtime_ports.client.cache_clear()
    environment_consumer_ports.cache_clear()
    yield sqs
    runtime_ports.client.cache_clear()
    environment_consumer_ports.cache_clear()


def as_lambda_has_it(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"stringValue": attribute["StringValue"], "dataType": attribute["DataType"]}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111111111111:queue",
    }


def test_the_function_as_lambda_calls_it_tells_its_queues_what_became_of_each_record(deployed: Sqs) -> None:
    ids = {"tenantId": "acme", "siteId": "site-1", "operationId": "op-1"}
    for act in ("done", "boom", "dead"):
        deployed.queue.send(body(act=act, **ids), {"run": "1"}, delay=0)
    batch = deployed.received(deployed.url)

    answer = work({"Records": [as_lambda_has_it(message) for message in batch]}, lambda_context())

    (failed,) = answer["batchItemFailures"]
    (letter,) = deployed.received(deployed.dead_url)
    assert {message["MessageId"]: message["Body"] for message in batch}[failed["itemIdentifier"]] == body(act="boom", **ids)
    assert letter["Body"] == body(act="dead", **ids)
    assert attributes_of(letter).items() >= {"run": "1", "deadLetterReason": "given up", "deadLetterSource": "queue"}.items()
