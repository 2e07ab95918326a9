"""Rows as DynamoDB's attribute values and back, for the few types the product stores.

boto3 has a serializer for every type, behind an import that is a tenth of a cold start. Rows hold text, whole numbers,
booleans, lists and maps of these, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.table.port import Row


def to_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write a row's attributes; TypeError names a type the table does not store."""
    return {name: _to_attribute(value) for name, value in row.items()}


def to_row(item: Mapping[str, Mapping[str, Any]]) -> Row:
    """Read a row's attributes back."""
    return {name: _from_attribute(attribute) for name, attribute in item.items()}


def _to_attribute(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case Mapping():
            return {"M": to_item(value)}
        case list() | tuple():
            return {"L": [_to_attribute(element) for element in value]}
        case None:
            return {"NULL": True}
    raise TypeError(f"{type(value).__name__} is not a type the table stores.")


def _from_attribute(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "M":
            return to_row(value)
        case "L":
            return [_from_attribute(element) for element in value]
        case "NULL":
            return None
    raise TypeError(f"DynamoDB's {kind} is not a type the table stores.")
