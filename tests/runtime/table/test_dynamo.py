"""What moto does not show of DynamoDB: pages cut short, keys left unprocessed, and the ways a transaction is cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from runtime.table.attributes import to_item, to_row
from runtime.table.dynamo import DynamoTable
from runtime.table.port import ABSENT, BOTTOM, TOP, Conflict, Key, Put, Query
from tests.runtime.dynamo import client_of, recorded_table

A, B = Key("P", "a"), Key("P", "b")


class Refused(Exception):
    """What a condition's failure means to a service."""


@pytest.fixture
def stub() -> Iterator[Stubber]:
    with Stubber(client_of("dynamodb")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def table(stub: Stubber) -> DynamoTable:
    client: Any = stub.client
    return DynamoTable(client, "portal")


def item(sk: str) -> dict[str, Any]:
    return to_item({"PK": "P", "SK": sk, "version": 1})


def put(key: Key, refusal: Exception | None = None) -> Put:
    return Put(key=key, row=key.as_row(), expect=ABSENT, refusal=refusal)


def test_reads_of_rows_are_consistent(stub: Stubber) -> None:
    expected = {"TableName": "portal", "Key": to_item(A.as_row()), "ConsistentRead": True}
    stub.add_response("get_item", {"Item": item("a")}, expected)

    assert table(stub).get([A]) == [{"PK": "P", "SK": "a", "version": 1}]


def test_keys_left_unprocessed_are_asked_for_again(stub: Stubber) -> None:
    left: Any = {"portal": {"Keys": [to_item(B.as_row())], "ConsistentRead": True}}
    both: Any = {"portal": {"Keys": [to_item(A.as_row()), to_item(B.as_row())], "ConsistentRead": True}}
    stub.add_response("batch_get_item", {"Responses": {"portal": [item("a")]}, "UnprocessedKeys": left}, {"RequestItems": both})
    stub.add_response("batch_get_item", {"Responses": {"portal": [item("b")]}, "UnprocessedKeys": {}}, {"RequestItems": left})

    assert [row and row["SK"] for row in table(stub).get([A, B])] == ["a", "b"]


def test_a_page_that_dynamodb_cuts_short_is_completed(stub: Stubber) -> None:
    expected = dict.fromkeys(
        ("TableName", "KeyConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"), ANY
    ) | {"ScanIndexForward": False, "ConsistentRead": True}
    cut = {"Items": [item("c"), item("b")], "LastEvaluatedKey": to_item(B.as_row())}
    stub.add_response("query", cut, expected | {"Limit": 3})
    stub.add_response("query", {"Items": [item("a")]}, expected | {"Limit": 1, "ExclusiveStartKey": to_item(B.as_row())})

    rows = table(stub).query(Query(partition="P", low=BOTTOM, high=TOP, limit=3))

    assert [row["SK"] for row in rows] == ["c", "b", "a"]


LOST: dict[str, tuple[list[str], type[Exception]]] = {
    "a condition with a refusal": (["ConditionalCheckFailed", "None"], Refused),
    "a condition without one": (["None", "ConditionalCheckFailed"], Conflict),
    "both": (["ConditionalCheckFailed", "ConditionalCheckFailed"], Conflict),
    "another transaction": (["TransactionConflict", "None"], Conflict),
    "another transaction and a condition": (["ConditionalCheckFailed", "TransactionConflict"], Conflict),
    "a throttle": (["ThrottlingError", "None"], ClientError),
    "a limit": (["ConditionalCheckFailed", "ValidationError"], ClientError),
}


@pytest.mark.parametrize(("reasons", "outcome"), LOST.values(), ids=LOST)
def test_a_cancelled_transaction_says_why(stub: Stubber, reasons: list[str], outcome: type[Exception]) -> None:
    modeled = {"CancellationReasons": [{"Code": code} for code in reasons]}
    stub.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=modeled)

    with pytest.raises(outcome):
        table(stub).commit([put(A, Refused()), put(B)])


@pytest.mark.parametrize("code", ["TransactionConflictException", "TransactionInProgressException"])
def test_contention_is_a_conflict(stub: Stubber, code: str) -> None:
    stub.add_client_error("transact_write_items", code)

    with pytest.raises(Conflict):
        table(stub).commit([put(A)])


@pytest.mark.parametrize("code", ["AccessDeniedException", "ProvisionedThroughputExceededException", "ValidationException"])
def test_any_other_fault_comes_through(stub: Stubber, code: str) -> None:
    stub.add_client_error("transact_write_items", code)

    with pytest.raises(ClientError, match=code):
        table(stub).commit([put(A)])


@pytest.mark.parametrize("row", [{"a": "text", "n": 0, "t": True, "f": False, "none": None, "l": [], "m": {}, "big": 10**30}])
def test_attributes_come_back_with_their_types(row: dict[str, Any]) -> None:
    back = to_row(to_item(row))

    assert back == row
    assert [type(value) for value in back.values()] == [type(value) for value in row.values()]


@pytest.mark.parametrize("value", [1.5, b"bytes", {1, 2}, object()], ids=["float", "bytes", "set", "object"])
def test_a_type_that_rows_do_not_hold_is_named(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        to_item({"x": value})


def test_more_rows_than_one_batch_takes_are_read_in_several() -> None:
    rows = [{"PK": f"MANY#{number:03}", "SK": "ROW", "number": number} for number in range(101)]
    with recorded_table() as recorded:
        recorded.load(*rows)

        found = recorded.table.get([Key(str(row["PK"]), "ROW") for row in rows])

        assert [row and row["number"] for row in found] == list(range(101))
        assert recorded.calls == ["BatchGetItem", "BatchGetItem"]
