"""The real table adapter on moto's DynamoDB, with every call to DynamoDB recorded by its operation's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

from botocore.session import get_session
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models.dynamo_type import LimitedSizeDict

from runtime.table.attributes import to_item
from runtime.table.dynamo import DynamoTable
from runtime.table.port import Row
from tests.runtime.fakes import InMemoryTable, World

NAME, REGION = "portal", "eu-west-1"
KEYS = ("PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK")


@dataclass
class RecordedTable:
    """A table of DynamoDB's; ``calls`` are the operations that were called, in order, since it was last cleared."""

    client: Any
    table: DynamoTable
    calls: list[str] = field(default_factory=list)

    def hear(self, model: Any, **_: Any) -> None:
        """Record a call, as botocore's event tells of it."""
        self.calls.append(model.name)

    def load(self, *rows: Row) -> None:
        """Put rows into moto's own memory, which is no call; it would else measure an item anew with each attribute."""
        backend = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION]
        with patch.object(LimitedSizeDict, "__setitem__", dict.__setitem__):
            for row in rows:
                backend.put_item(NAME, to_item({"version": 1, **row}))

    def load_from(self, memory: InMemoryTable) -> None:
        """Write all that an in-memory table holds."""
        self.load(*memory.rows.values())


@dataclass(kw_only=True)
class DynamoPorts(World):
    """Every port, with the table on DynamoDB."""

    table: DynamoTable


@contextmanager
def recorded_table() -> Iterator[RecordedTable]:
    """A new table on moto, with the two indexes of the stack's."""
    client = client_of("dynamodb")
    with mock_aws():
        client.create_table(
            TableName=NAME,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
            KeySchema=_schema("PK", "SK"),
            GlobalSecondaryIndexes=[
                {"IndexName": index, "KeySchema": _schema(f"{index}PK", f"{index}SK"), "Projection": {"ProjectionType": "ALL"}}
                for index in ("GSI1", "GSI2")
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        recorded = RecordedTable(client, DynamoTable(client, NAME))
        client.meta.events.register("before-call.dynamodb.*", recorded.hear)
        yield recorded
        client.meta.events.unregister("before-call.dynamodb.*", recorded.hear)


@cache
def client_of(service: str) -> Any:
    """The one client of a service: it takes a while to make, and moto answers it whenever it is on."""
    session = get_session()
    session.set_credentials("testing", "testing")
    return session.create_client(service, region_name=REGION)


def _schema(pk: str, sk: str) -> list[dict[str, str]]:
    return [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}]
