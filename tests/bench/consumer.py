"""What the framework adds to a record of a queue: ours against a bare loop over JSON and against Powertools' batch processor.

``bare``        ``json.loads`` of each body in a loop that knows no failures
``powertools``  its batch processor, with ``json.loads`` in the record's handler
``ours``        parsing and validation, the outcome, the time guard, a log line and metrics for each record

Figures are CPU time a record, medians of interleaved runs. Nothing is called over a network, and what is printed goes nowhere.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

BATCH, BATCHES = 10, 100
RUNS = 9
BUDGET = 150e-6

Side = Callable[[dict[str, Any], Any], Any]


def main() -> None:
    """Print what each side costs a record."""
    # Powertools' logger keeps the standard output of the moment it is made, and it is made when ours is imported.
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        costs = _costs({"bare": _bare, "powertools": _powertools(), "ours": _ours()})
    print(f"consumer, CPU µs a record, median of {RUNS} interleaved runs of {BATCHES} batches of {BATCH}")
    for name, seconds in costs.items():
        peers = "   ".join(f"{seconds / costs[peer]:6.1f} × {peer}" for peer in ("bare", "powertools"))
        print(f"  {name:<10}  {seconds * 1e6:6.1f}   {peers}")
    verdict = "within" if costs["ours"] <= BUDGET else "OVER"
    print(f"  {verdict} {BUDGET * 1e6:.0f} µs, ratio {costs['ours'] / BUDGET:.2f}")


def _costs(sides: dict[str, Side]) -> dict[str, float]:
    event = {"Records": [_record(number) for number in range(BATCH)]}
    context = SimpleNamespace(aws_request_id="request", get_remaining_time_in_millis=lambda: 150_000)
    runs: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(RUNS):
        for name, side in sides.items():
            started = time.process_time()
            for _ in range(BATCHES):
                side(event, context)
            runs[name].append((time.process_time() - started) / (BATCH * BATCHES))
    return {name: statistics.median(seconds) for name, seconds in runs.items()}


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


def _ours() -> Side:
    from runtime.batch_consumer.consumer import Delivery, consumer
    from runtime.batch_consumer.message import QueueMessage

    class Operation(QueueMessage):
        operation_id: str
        tenant_id: str
        site_id: str

    @consumer(model=Operation, seconds=20)
    def consume(message: Operation, delivery: Delivery) -> None:
        return

    return consume


def _record(number: int) -> dict[str, Any]:
    message = {
        "schemaVersion": 1,
        "messageType": "SITE_CREATION",
        "operationId": f"op-01a206e6-42f8-7158-b7e9-{number:012}",
        "tenantId": "acme",
        "siteId": f"site-01a206e6-42f8-7158-b7e9-{number:012}",
        "correlationId": "fe686676-fdbd-4637-b47d-73c3adcc437c",
        "timestamp": "2026-11-23T09:30:15.250Z",
        "payload": {"siteName": "A site", "subdomain": "a-site", "plugins": ["akismet", "jetpack"]},
    }
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": json.dumps(message),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795426215250"},
        "messageAttributes": {"deadLetterRun": {"stringValue": "1", "dataType": "String"}},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111111111111:bbws-wp-site-creation-dev",
        "awsRegion": "eu-west-1",
    }


if __name__ == "__main__":
    sys.exit(main())
