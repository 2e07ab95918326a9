"""The operators' commands: ``python -m ops dlq`` and ``python -m ops redrive``, on the local cloud or on AWS."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.clients import client
from local.settings import ROOT, Local, LocalError
from ops.dead_letters import QUEUES, DeadLetter, read, redrive

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient


def sqs_of(stage: str) -> SQSClient:
    """SQS of the local cloud for its stage, and otherwise of the account and region whose credentials are at hand."""
    if stage != "local":
        return boto3.client("sqs")
    stack_file = ROOT / ".local" / "stack.json"
    if not stack_file.exists():
        raise LocalError("Nothing is deployed: run make up first.")
    port = int(json.loads(stack_file.read_text())["apiUrl"].rsplit(":", 1)[-1])
    found: SQSClient = client(Local(state=stack_file.parent, port=port), "sqs")
    return found


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
    arguments = parser.parse_args()
    try:
        sqs = sqs_of(arguments.stage)
        if arguments.command == "dlq":
            letters = read(sqs, arguments.stage)
            print(table_of(letters, datetime.now(timezone.utc)) if letters else "no dead letters")
        else:
            count = redrive(sqs, arguments.stage, queue=arguments.queue, operation_id=arguments.operation)
            print(f"{count} put back on {arguments.queue}")
    except (LocalError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
