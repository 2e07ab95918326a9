"""What a record of a queue costs: the framework against its peers, and the whole way of an operation through its consumer.

``bare``        ``json.loads`` of each body in a loop that knows no failures
``powertools``  its batch processor, with ``json.loads`` in the record's handler
``framework``   ours around a function that does nothing: parsing and validation, the outcome, the time guard, a log line and
                metrics for each record
``operation``   the consumer of site creations as it is deployed: the framework, the claim of an operation and its end around a
                step that returns at once, with their rows, log lines and metrics, but without the calls of DynamoDB
``dynamodb``    those calls: botocore, answered where it would open a connection

Figures are CPU time a record, the least of interleaved runs, because whatever else the machine does can only add to them.
Nothing is called over a network, and what is printed goes nowhere.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import get_session

from runtime.operations.domain import OperationType, request_operation
from runtime.operations.rows import operation_row
from runtime.sites.domain import Environment, Site, SiteStatus
from runtime.sites.rows import site_row
from runtime.table.attributes import to_item
from runtime.table.dynamo import DynamoTable
from runtime.table.port import Key, Row, Write
from runtime.wordpress.port import SiteFacts

BATCH, BATCHES = 10, 10
RUNS = 15
BUDGET = 150e-6
NOW = datetime.now(timezone.utc)
SITE_ID = "site-01a206e6-42f8-7158-b7e9-000000000001"
OPERATION_ID = "op-01a206e6-42f8-7158-b7e9-000000000001"
CORRELATION_ID = "fe686676-fdbd-4637-b47d-73c3adcc437c"

Side = Callable[[dict[str, Any], Any], Any]


class TimedTable:
    """The adapter of DynamoDB, with the CPU time that its calls took."""

    def __init__(self, *rows: Row) -> None:
        self._items = [to_item({"version": 1, **row}) for row in rows]
        session = get_session()
        session.set_credentials("bench", "bench")
        client: Any = session.create_client("dynamodb", region_name="eu-west-1")
        client.meta.events.register("before-send.dynamodb", self._answer)
        self._table = DynamoTable(client, "bench")
        self.seconds = 0.0
        self.calls: list[str] = []

    def get(self, keys: Sequence[Key]) -> list[Row | None]:
        rows: list[Row | None] = self._timed(lambda: self._table.get(keys))
        return rows

    def commit(self, writes: Sequence[Write]) -> None:
        self._timed(lambda: self._table.commit(writes))

    def _timed(self, call: Callable[[], Any]) -> Any:
        started = time.process_time()
        try:
            return call()
        finally:
            self.seconds += time.process_time() - started

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.calls.append(operation)
        found = {"Responses": {"bench": self._items}} if operation == "BatchGetItem" else {}
        body = SimpleNamespace(stream=lambda: [json.dumps(found).encode()])
        return AWSResponse(request.url, 200, HTTPHeaders(), body)


def main() -> None:
    """Print what each side costs a record."""
    table = TimedTable(*_pending())
    # Powertools' logger keeps the standard output of the moment it is made, and it is made when ours is imported.
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        sides = {"bare": _bare, "powertools": _powertools(), "framework": _framework(), "operation": _operation(table)}
        costs = _costs(sides, table)
    print(f"consumer, CPU µs a record, least of {RUNS} interleaved runs of {BATCHES} batches of {BATCH}")
    for name, seconds in costs.items():
        peers = "   ".join(f"{seconds / costs[peer]:6.1f} x {peer}" for peer in ("bare", "powertools"))
        print(f"  {name:<10}  {seconds * 1e6:6.1f}   {peers}   {seconds / BUDGET:5.2f} x budget")
    print(f"  an operation's calls of DynamoDB: {', '.join(table.calls[: len(table.calls) // (RUNS * BATCHES * BATCH)])}")
    verdict = "within" if costs["framework"] <= BUDGET else "OVER"
    print(f"  framework {verdict} {BUDGET * 1e6:.0f} µs, ratio {costs['framework'] / BUDGET:.2f}")


def _costs(sides: dict[str, Side], table: TimedTable) -> dict[str, float]:
    event = {"Records": [_record(number) for number in range(BATCH)]}
    context = SimpleNamespace(aws_request_id="request", get_remaining_time_in_millis=lambda: 150_000)
    runs: dict[str, list[float]] = {name: [] for name in (*sides, "dynamodb")}
    for _ in range(RUNS):
        for name, side in sides.items():
            table.seconds, started = 0.0, time.process_time()
            for _ in range(BATCHES):
                side(event, context)
            runs[name].append((time.process_time() - started - table.seconds) / (BATCH * BATCHES))
        runs["dynamodb"].append(table.seconds / (BATCH * BATCHES))
    return {name: min(seconds) for name, seconds in runs.items()}


def _bare(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        json.loads(record["body"])
    return {"batchItemFailures": []}


def _powertools() -> Side:
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    processor = BatchProcessor(event_type=EventType.SQS)

    def handle(event: dict[str, Any], context: Any) -> Any:
        return process_partial_response(event, lambda record: json.loads(record.body), processor, context)

    return handle


def _framework() -> Side:
    from runtime.batch_consumer.consumer import Delivery, consumer
    from runtime.operations.messages import OperationMessage

    @consumer(model=OperationMessage, seconds=20)
    def consume(message: OperationMessage, delivery: Delivery) -> None:
        return

    return consume


def _operation(table: TimedTable) -> Side:
    from runtime.sites.consumers import creation

    facts = SiteFacts(site_id=SITE_ID, wordpress_version="7.1.1", php_version="8.2.36", database_ok=True, safe_mode=False)
    agent = SimpleNamespace(facts=lambda _: facts, visit=lambda _: SimpleNamespace(is_good=True))
    ports: Any = SimpleNamespace(table=table, agent=agent, now=lambda: datetime.now(timezone.utc))
    ports.pause = time.sleep
    return lambda event, context: creation.answer(event, context, ports)


def _pending() -> tuple[Row, Row]:
    """An operation that waits for its only step, and its site."""
    operation = request_operation(
        operation_id=OPERATION_ID,
        operation_type=OperationType.SITE_CREATION,
        tenant_id="acme",
        site_id=SITE_ID,
        steps=("verify",),
        input_={"url": "https://shop.sites.example", "siteName": "Shop", "plugins": ["akismet"]},
        by="bench",
        correlation_id=CORRELATION_ID,
        now=NOW,
    )
    site = Site(
        site_id=SITE_ID,
        tenant_id="acme",
        site_name="Shop",
        subdomain="shop",
        url="https://shop.sites.example",
        environment=Environment.DEV,
        status=SiteStatus.PROVISIONING,
        created_at=NOW,
        created_by="bench",
        updated_at=NOW,
        active_operation=OPERATION_ID,
    )
    return operation_row(operation), site_row(site)


def _record(number: int) -> dict[str, Any]:
    message = {
        "schemaVersion": 1,
        "messageType": "SITE_CREATION",
        "operationId": OPERATION_ID,
        "tenantId": "acme",
        "siteId": SITE_ID,
        "correlationId": CORRELATION_ID,
        "timestamp": "2026-11-23T09:30:15.250Z",
        "payload": {"siteName": "A site", "subdomain": "a-site", "plugins": ["akismet", "jetpack"]},
    }
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": json.dumps(message),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795426215250"},
        "messageAttributes": {"origin": {"stringValue": "outbox", "dataType": "String"}},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111111111111:bbws-wp-site-creation-dev",
        "awsRegion": "eu-west-1",
    }


if __name__ == "__main__":
    main()
