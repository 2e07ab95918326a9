"""The table port on DynamoDB: batch reads, exact pages, and transactions whose failed conditions become refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from runtime.table.attributes import to_item, to_row
from runtime.table.port import (
    ABSENT,
    Check,
    Conflict,
    Delete,
    Expectation,
    Increment,
    Index,
    Key,
    Put,
    Query,
    Row,
    Update,
    Write,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

MAX_PK_BYTES, MAX_SK_BYTES = 2048, 1024
MAX_BATCH = 100
"""The keys that BatchGetItem takes."""

CONTENTION = frozenset({"TransactionConflictException", "TransactionInProgressException", "ConditionalCheckFailedException"})


class DynamoTable:
    """The one table, by name. Faults of DynamoDB itself come through as botocore's ClientError."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, keys: Sequence[Key]) -> list[Row | None]:
        """Read rows consistently: GetItem for one, BatchGetItem for several (asking again for what it left unprocessed)."""
        asked = [key for key in dict.fromkeys(keys) if _fits(key)]
        if len(asked) == 1:
            item = self._client.get_item(TableName=self._name, Key=to_item(asked[0].as_row()), ConsistentRead=True).get("Item")
            return [to_row(item) if item and key == asked[0] else None for key in keys]
        found: dict[Key, Row] = {}
        for start in range(0, len(asked), MAX_BATCH):
            batch = [to_item(key.as_row()) for key in asked[start : start + MAX_BATCH]]
            pending: Any = {self._name: {"Keys": batch, "ConsistentRead": True}}
            while pending:
                answer = self._client.batch_get_item(RequestItems=pending)
                rows = [to_row(item) for item in answer["Responses"].get(self._name, [])]
                found.update({Key(row["PK"], row["SK"]): row for row in rows})
                pending = answer.get("UnprocessedKeys")
        return [found.get(key) for key in keys]

    def query(self, query: Query) -> list[Row]:
        """Read a range; a page cut short by DynamoDB's 1 MB limit is completed."""
        pk, sk = query.index.value
        low, high = query.low, query.high
        if query.after is not None:
            low, high = (low, min(high, query.after)) if query.descending else (max(low, query.after), high)
        # One row more than asked: the one at the cursor itself, which inclusive bounds give again, is dropped below.
        wanted = query.limit + (query.after is not None)
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :low AND :high",
            "ExpressionAttributeNames": {"#pk": pk, "#sk": sk},
            "ExpressionAttributeValues": to_item({":pk": query.partition, ":low": low, ":high": high}),
            "ScanIndexForward": not query.descending,
            "ConsistentRead": query.index is Index.TABLE,
        }
        if query.index is not Index.TABLE:
            arguments["IndexName"] = query.index.name
        rows: list[Row] = []
        while low <= high:
            page = self._client.query(**arguments, Limit=wanted - len(rows))
            rows += [to_row(item) for item in page["Items"]]
            if len(rows) >= wanted or "LastEvaluatedKey" not in page:
                break
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return [row for row in rows if row[sk] != query.after][: query.limit]

    def commit(self, writes: Sequence[Write]) -> None:
        """Commit in one TransactWriteItems."""
        try:
            self._client.transact_write_items(TransactItems=[_transact_item(self._name, write) for write in writes])
        except ClientError as error:
            raise _lost(error, writes) from error


def _fits(key: Key) -> bool:
    """Whether a row can have the key: DynamoDB refuses to be asked for a longer one, as a path of a caller's own may name."""
    return len(key.pk.encode()) <= MAX_PK_BYTES and len(key.sk.encode()) <= MAX_SK_BYTES


def _lost(error: ClientError, writes: Sequence[Write]) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code in CONTENTION:
        return Conflict(code)
    if code != "TransactionCanceledException":
        return error
    reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    failed = [write.refusal for reason, write in zip(reasons, writes, strict=False) if reason != "None"]
    if failed and failed[0] and all(failed) and set(reasons) <= {"None", "ConditionalCheckFailed"}:
        return failed[0]
    contended = {"None", "ConditionalCheckFailed", "TransactionConflict"}
    return Conflict(", ".join(reasons)) if reasons and set(reasons) <= contended else error


def _transact_item(table: str, write: Write) -> Any:
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    target: dict[str, Any] = {"TableName": table}
    match write:
        case Put(row=row):
            verb = "Put"
            target["Item"] = to_item(row)
        case Delete(key=key):
            verb = "Delete"
            target["Key"] = to_item(key.as_row())
        case Check(key=key):
            verb = "ConditionCheck"
            target["Key"] = to_item(key.as_row())
        case Update(key=key, assign=assign):
            verb = "Update"
            target["Key"] = to_item(key.as_row())
            target["UpdateExpression"] = f"SET {_assignments(assign, names, values)} ADD #version :one"
            names["#version"], values[":one"] = "version", 1
        case Increment(key=key, attribute=attribute, assign=assign, below=below, by=by):
            verb = "Update"
            target["Key"] = to_item(key.as_row())
            assigned = f"SET {_assignments(assign, names, values)} " if assign else ""
            target["UpdateExpression"] = f"{assigned}ADD #count :by, #version :one"
            names |= {"#count": attribute, "#version": "version"}
            values |= {":by": by, ":one": 1}
            if below is not None:
                target["ConditionExpression"] = "attribute_not_exists(#count) OR #count < :below"
                values[":below"] = below
        case _:
            raise TypeError(f"{type(write).__name__} is not a write this table knows.")
    if condition := _condition(write.expect, names, values):
        target["ConditionExpression"] = condition
    if names:
        target["ExpressionAttributeNames"] = names
    if values:
        target["ExpressionAttributeValues"] = to_item(values)
    return {verb: target}


def _condition(expect: Expectation, names: dict[str, str], values: dict[str, Any]) -> str:
    if expect is ABSENT:
        names["#pk"] = "PK"
        return "attribute_not_exists(#pk)"
    terms = []
    for number, (attribute, value) in enumerate(expect.items()):
        names[f"#e{number}"], values[f":e{number}"] = attribute, value
        terms.append(f"#e{number} = :e{number}")
    return " AND ".join(terms)


def _assignments(assign: Mapping[str, Any], names: dict[str, str], values: dict[str, Any]) -> str:
    terms = []
    for number, (attribute, value) in enumerate(assign.items()):
        names[f"#s{number}"], values[f":s{number}"] = attribute, value
        terms.append(f"#s{number} = :s{number}")
    return ", ".join(terms)
