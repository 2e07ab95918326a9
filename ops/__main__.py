"""The operators' commands: ``python -m ops dlq``, ``redrive`` and ``plugins``, on the local cloud or on AWS."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.clients import client
from local.settings import ROOT, Local, LocalError
from ops import plugins
from ops.catalogue import CatalogueError
from ops.dead_letters import QUEUES, DeadLetter, read, redrive
from runtime.table.dynamo import DynamoTable

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

STACK_FILE = ROOT / ".local" / "stack.json"


def sqs_of(stage: str) -> SQSClient:
    """SQS of the local cloud for its stage, and otherwise of the account and region whose credentials are at hand."""
    if stage != "local":
        return boto3.client("sqs")
    found: SQSClient = client(_local(_stack()), "sqs")
    return found


def catalogue_of(stage: str) -> DynamoTable:
    """The portal's table, of the local cloud or of the account and region whose credentials are at hand."""
    if stage != "local":
        return DynamoTable(boto3.client("dynamodb"), f"bbws-portal-{stage}")
    stack = _stack()
    return DynamoTable(client(_local(stack), "dynamodb"), stack["tableName"])


def _stack() -> dict[str, Any]:
    if not STACK_FILE.exists():
        raise LocalError("Nothing is deployed: run make up first.")
    stack: dict[str, Any] = json.loads(STACK_FILE.read_text())
    return stack


def _local(stack: dict[str, Any]) -> Local:
    return Local(state=STACK_FILE.parent, port=int(stack["apiUrl"].rsplit(":", 1)[-1]))


def table_of(letters: list[DeadLetter], now: datetime) -> str:
    """The letters as people read them: queue, age, operation, reason."""
    lines = [("QUEUE", "AGE", "OPERATION", "REASON")]
    lines += [(each.queue, _age(now - each.since), each.operation_id or "-", each.reason) for each in letters]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[3]]) for line in lines
    )


def _age(age: object) -> str:
    return str(age).partition(".")[0]


def main() -> int:
    """Run a command; what a person has to mend is one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m ops", description=__doc__)
    parser.add_argument("--stage", default="local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("dlq")
    back = commands.add_parser("redrive")
    back.add_argument("--queue", required=True, choices=QUEUES)
    back.add_argument("--operation", default=None)
    plugins.add_arguments(commands.add_parser("plugins"))
    arguments = parser.parse_args()
    try:
        if arguments.command == "plugins":
            print(plugins.run(arguments, catalogue_of(arguments.stage)))
            return 0
        sqs = sqs_of(arguments.stage)
        if arguments.command == "dlq":
            letters = read(sqs, arguments.stage)
            print(table_of(letters, datetime.now(timezone.utc)) if letters else "no dead letters")
        else:
            count = redrive(sqs, arguments.stage, queue=arguments.queue, operation_id=arguments.operation)
            print(f"{count} put back on {arguments.queue}")
    except (LocalError, CatalogueError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
