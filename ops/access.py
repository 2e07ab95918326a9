"""The way into a stage: the local cloud, or the account and region whose credentials are at hand."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.clients import client
from local.settings import Local, LocalError
from runtime.sites.domain import Site
from runtime.sites.rows import site_from
from runtime.table.attributes import to_item, to_row
from runtime.table.dynamo import DynamoTable

LOCAL = "local"


class OperatorError(Exception):
    """What an operator asked for cannot be done; the message says what to mend."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """The stage of this name; ``state`` is the folder of the local cloud, which other stages have no use for."""

    stage: str
    state: Path

    def client(self, service: str) -> Any:
        """A client of one of AWS's services."""
        if self.stage != LOCAL:
            make: Any = boto3.client  # its stubs want each service named literally
            return make(service)
        port = int(self._stack["apiUrl"].rsplit(":", 1)[-1])
        return client(Local(state=self.state, port=port), service)

    @property
    def table(self) -> DynamoTable:
        """The portal's table."""
        return DynamoTable(self.client("dynamodb"), self._table_name)

    def output(self, component: str, name: str) -> str:
        """What a stack of the stage says of itself under this name."""
        stack = f"bbws-portal-{self.stage}-{component}"
        (found,) = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return str(next(output["OutputValue"] for output in found["Outputs"] if output["OutputKey"] == name))

    @property
    def operator(self) -> str:
        """Who is at work here: the user of this machine, or whom AWS takes the credentials for."""
        return getpass.getuser() if self.stage == LOCAL else str(self.client("sts").get_caller_identity()["Arn"])

    def sites(self) -> Iterator[Site]:
        """Every site of every tenant, oldest first. Reads the whole table, because no index holds all sites."""
        pages = (
            self.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self._table_name,
                FilterExpression="entityType = :site",
                ExpressionAttributeValues=to_item({":site": "SITE"}),
                ConsistentRead=True,
            )
        )
        sites = [site_from(to_row(item)) for page in pages for item in page["Items"]]
        yield from sorted(sites, key=lambda site: site.site_id)

    @property
    def _table_name(self) -> str:
        return str(self._stack["tableName"]) if self.stage == LOCAL else f"bbws-portal-{self.stage}"

    @property
    def _stack(self) -> dict[str, Any]:
        file = self.state / "stack.json"
        if not file.exists():
            raise LocalError("Nothing is deployed: run make up first.")
        stack: dict[str, Any] = json.loads(file.read_text())
        return stack
