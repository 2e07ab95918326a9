"""PHP's ``serialize()`` for values of Python, as far as tests of rewriting need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Instance:
    """An object, by the name of its class and its properties."""

    name: str
    properties: Mapping[bytes, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Something serialised already: a reference, an enumeration's case, an object with a serialisation of its own."""

    serialised: bytes


@dataclass(frozen=True)
class Nested:
    """A string that holds a serialised value."""

    value: Any


Change = Callable[[bytes], bytes]


def serialised(value: Any, change: Change = lambda text: text) -> bytes:
    """A value as PHP would write it, with every string in it changed first."""
    match value:
        case None:
            return b"N;"
        case bool():
            return b"b:%d;" % value
        case int():
            return b"i:%d;" % value
        case float():
            return b"d:%b;" % repr(value).upper().encode()
        case bytes():
            return _string(change(value))
        case Nested():
            return _string(serialised(value.value, change))
        case Raw():
            return value.serialised
        case Instance():
            return b'O:%d:"%b":%b' % (len(value.name), value.name.encode(), _members(value.properties, change))
        case _:
            return b"a:" + _members(dict(value if isinstance(value, dict) else enumerate(value)), change)


def _string(content: bytes) -> bytes:
    return b's:%d:"%b";' % (len(content), content)


def _members(members: Mapping[Any, Any], change: Change) -> bytes:
    parts = (serialised(name, change) + serialised(member, change) for name, member in members.items())
    return b"%d:{%b}" % (len(members), b"".join(parts))
