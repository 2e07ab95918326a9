"""What is seen of a consumer from outside: a log line and metrics for each record, and a trace when it is sampled."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from runtime.batch_consumer.consumer import Consumer, Delivery, consumer
from runtime.batch_consumer.message import QueueMessage
from runtime.batch_consumer.outcomes import BusinessFault, DeadLetter, NotYet
from runtime.observability import Lines, logger
from runtime.tracing import Traced
from tests.runtime.batch_consumer.queues import QueuePorts, body, deliver
from tests.runtime.conftest import Log


class Work(QueueMessage):
    """A message of the tests' own, with ids."""

    tenant_id: str
    site_id: str
    operation_id: str
    act: str = "done"


class Bare(QueueMessage):
    """A message without ids."""


FAULTS = {"business": BusinessFault("no"), "wait": NotYet(5), "boom": RuntimeError("boom"), "dead": DeadLetter("given up")}


@consumer(model=Work, seconds=20)
def work(message: Work, delivery: Delivery) -> None:
    """Work on something."""
    logger.info("working")
    if fault := FAULTS.get(message.act):
        raise fault


@consumer(model=Bare, seconds=20)
def bare(message: Bare, delivery: Delivery) -> None:
    """Do nothing."""


@pytest.fixture
def ports() -> QueuePorts:
    return QueuePorts()


def sent(ports: QueuePorts, act: str = "done", number: int = 1) -> None:
    ids = {"tenantId": "acme", "siteId": f"site-{number}", "operationId": f"op-{number}"}
    ports.queue.send(body(act=act, correlationId=f"correlation-{number}", **ids), {}, delay=0)


def emitted(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def test_every_record_is_logged_with_its_ids_its_outcome_and_its_duration(ports: QueuePorts, log: Log) -> None:
    sent(ports)

    deliver(work, ports)

    line = log.lines[-1]
    assert {name: line[name] for name in line.keys() - {"timestamp", "duration"}} == {
        "level": "INFO",
        "message": "consumed",
        "service": "bbws-portal",
        "requestId": "request-1",
        "consumer": "work",
        "messageId": "message-1",
        "receiveCount": 1,
        "correlationId": "correlation-1",
        "tenantId": "acme",
        "siteId": "site-1",
        "operationId": "op-1",
        "outcome": "DONE",
    }
    assert 0 < line["duration"] < 10_000


@pytest.mark.parametrize("keys", [{}, {"correlationId": "ä \u2028", "siteId": None, "receiveCount": 0, "seen": NotYet(5)}])
def test_a_line_is_the_one_that_powertools_writes_itself(log: Log, keys: dict[str, Any]) -> None:
    record = logging.makeLogRecord({"levelname": "WARNING", "msg": "%s of %s", "args": (1, 3), "outcome": "DONE", **keys})

    logger.structure_logs(consumer="work", **keys)
    formatter = logger.registered_formatter
    assert isinstance(formatter, Lines)

    assert json.loads(formatter.format(record)) == json.loads(LambdaPowertoolsFormatter.format(formatter, record))


def test_what_the_function_logs_carries_the_ids_too(ports: QueuePorts, log: Log) -> None:
    sent(ports)

    deliver(work, ports)

    (line,) = (line for line in log.lines if line["message"] == "working")
    assert (line["operationId"], line["correlationId"], line["consumer"]) == ("op-1", "correlation-1", "work")


def test_no_record_is_logged_with_what_belongs_to_the_one_before(ports: QueuePorts, log: Log) -> None:
    sent(ports)
    ports.queue.send("{", {}, delay=0)
    ports.queue.send(body(correlationId="correlation-3"), {}, delay=0)

    deliver(work, ports)
    lines = {line["messageId"]: line for line in log.lines if line["message"] == "consumed"}

    assert lines["message-1"]["siteId"] == "site-1"
    assert [lines[name].keys() & {"siteId", "operationId", "correlationId"} for name in ("message-2", "message-3")] == [
        set()
    ] * 2


def test_a_message_without_ids_is_logged_without_them(ports: QueuePorts, log: Log) -> None:
    ports.queue.send(body(), {}, delay=0)

    deliver(bare, ports)

    assert log.lines[-1].keys() & {"siteId", "operationId", "tenantId"} == set()
    assert log.lines[-1]["correlationId"] == "correlation-1"


def test_an_unexpected_fault_is_logged_as_an_error_with_its_trace(ports: QueuePorts, log: Log) -> None:
    sent(ports, "boom")

    deliver(work, ports)

    (line,) = (line for line in log.lines if line["level"] == "ERROR")
    assert (line["attempt"], line["exception_name"]) == (1, "RuntimeError")
    assert "raise fault" in line["exception"]


def test_a_message_s_body_is_not_logged(ports: QueuePorts, log: Log) -> None:
    ports.queue.send(body(payload={"siteName": "A private name"}), {}, delay=0)

    deliver(bare, ports)

    assert log.lines
    assert "private" not in log.text


OUTCOMES = {
    "done": "DONE",
    "business": "BUSINESS_FAULT",
    "wait": "NOT_YET",
    "boom": "RETRY",
    "dead": "DEAD_LETTER",
}


@pytest.mark.parametrize(("act", "outcome"), OUTCOMES.items())
def test_every_record_is_counted_and_timed_by_consumer_and_outcome(
    ports: QueuePorts, capsys: pytest.CaptureFixture[str], act: str, outcome: str
) -> None:
    sent(ports, act)

    deliver(work, ports)

    (metrics,) = emitted(capsys)
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "BBWS/Portal"
    assert sorted(directive["Dimensions"][0]) == ["consumer", "outcome", "service", "stage"]
    assert (metrics["consumer"], metrics["outcome"], metrics["stage"]) == ("work", outcome, "local")
    assert metrics["Records"] == [1.0]
    assert metrics["RecordDuration"][0] > 0


@pytest.mark.parametrize(("text", "left", "outcome"), [("{", 150, "MALFORMED"), (body(), 1, "NO_TIME")])
def test_records_that_never_reach_the_function_are_counted_too(
    ports: QueuePorts, capsys: pytest.CaptureFixture[str], text: str, left: float, outcome: str
) -> None:
    ports.queue.send(text, {}, delay=0)

    deliver(bare, ports, remaining=left)

    assert [metrics["outcome"] for metrics in emitted(capsys)] == [outcome]


def test_a_record_whose_end_the_queue_could_not_be_told_counts_as_one_that_comes_back(
    ports: QueuePorts, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(ports, "dead")
    ports.queue.broken = {"bury"}

    deliver(work, ports)

    assert [metrics["outcome"] for metrics in emitted(capsys)] == ["RETRY"]


class FakeTracer:
    """Keeps the names of subsegments; the real one needs Lambda's X-Ray daemon."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.provider = self

    def in_subsegment(self, name: str) -> FakeTracer:
        self.names.append(name)
        return self

    def __enter__(self) -> None:
        return

    def __exit__(self, *exception: object) -> None:
        return


@pytest.mark.parametrize(("sampled", "names"), [("1", ["## work", "## work"]), ("0", [])])
def test_each_record_of_a_sampled_trace_is_a_subsegment(
    ports: QueuePorts, monkeypatch: pytest.MonkeyPatch, sampled: str, names: list[str]
) -> None:
    tracer = FakeTracer()
    monkeypatch.setattr(Traced, "_tracer", tracer)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1-0-0;Parent=0;Sampled={sampled}")
    sent(ports)
    sent(ports, number=2)

    deliver(work, ports)

    assert tracer.names == names


def test_a_consumer_says_what_its_function_does_and_what_a_record_may_need() -> None:
    described: Consumer[Work, Any] = work

    assert (described.name, described.__doc__, described.seconds) == ("work", "Work on something.", 20)
