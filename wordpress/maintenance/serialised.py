"""PHP's serialisation, walked on bytes: strings are changed and counted anew, and nothing is ever unserialised.

Counts of values do not change, nor their order, so that references go on meaning what they meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable

SPACE = b" \t\n\r\0\x0b"
"""What WordPress takes off both ends before it unserialises."""
LOOK = re.compile(rb'[aOC]:\d+:[{"]|[sSE]:\d+:"')
TOKEN = re.compile(
    rb"(?P<scalar>N;|b:[01];|i:[+-]?\d+;|d:[+-]?(?:[\d.]+(?:[eE][+-]?\d+)?|INF|NAN);|[rR]:\d+;)"
    rb'|a:(?P<members>\d{1,10}):\{|(?P<quoted>[sSEOC]):(?P<length>\d{1,10}):"'
)
MEMBERS = re.compile(rb'":(\d{1,10}):\{')
CHARACTER = re.compile(rb"\\([0-9a-fA-F]{2})|([^\\])", re.DOTALL)
KEYS = b"isS"


class Broken(Exception):
    """The value is cut off, miscounted, or no serialisation of PHP's."""


def looks_serialised(value: bytes) -> bool:
    """Whether a value begins like one that PHP has serialised and that holds text, whole or broken."""
    return LOOK.match(value.lstrip(SPACE)) is not None


def change_strings(value: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A serialised value with other strings in it; raises Broken for what PHP could not read.

    Names of classes, cases of enumerations and what classes with a serialisation of their own wrote (``C:``) stay.
    """
    return _Walk(value, change).whole()


class _Walk:
    """One way through a value, from its beginning to its end; what does not change is copied in long pieces."""

    def __init__(self, value: bytes, change: Callable[[bytes], bytes]) -> None:
        self._value = value
        self._change = change
        self._at = len(value) - len(value.lstrip(SPACE))
        self._pieces: list[bytes] = []
        self._copied = 0

    def whole(self) -> bytes:
        due, opened = 1, list[int]()
        while due or opened:
            if not due:
                self._expect(b"}")
                due = opened.pop()
                continue
            due -= 1
            members = self._next(is_key=due % 2 == 1)
            if members is not None:
                opened.append(due)
                due = 2 * members
        if self._value[self._at :].strip(SPACE):
            raise Broken
        return b"".join([*self._pieces, self._value[self._copied :]])

    def _next(self, *, is_key: bool) -> int | None:
        """Walk over a value, or over the beginning of one that has members; how many, None for one that has none by nature."""
        start = self._at
        found = self._read(TOKEN)
        if is_key and self._value[start] not in KEYS:
            raise Broken
        if found["scalar"] is not None:
            return None
        if found["members"] is not None:
            return int(found["members"])
        kind, length = found["quoted"], int(found["length"])
        if kind in b"OC":
            return self._object(kind, length)
        content = self._escaped(length) if kind == b"S" else self._bytes(length)
        self._expect(b'";')
        if kind != b"E" and (changed := self._change(content)) != content:
            self._pieces += [self._value[self._copied : start], b's:%d:"%b";' % (len(changed), changed)]
            self._copied = self._at
        return None

    def _object(self, kind: bytes, length: int) -> int | None:
        self._bytes(length)
        members = int(self._read(MEMBERS)[1])
        if kind == b"O":
            return members
        self._bytes(members)
        self._expect(b"}")
        return None

    def _read(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        found = pattern.match(self._value, self._at)
        if not found:
            raise Broken
        self._at = found.end()
        return found

    def _bytes(self, length: int) -> bytes:
        taken = self._value[self._at : self._at + length]
        self._at += length
        return taken

    def _escaped(self, length: int) -> bytes:
        """The characters of an ``S:`` string, of which some stand in hexadecimal."""
        found = (self._read(CHARACTER) for _ in range(length))
        return b"".join(bytes.fromhex(one[1].decode()) if one[1] else one[2] for one in found)

    def _expect(self, expected: bytes) -> None:
        if not self._value.startswith(expected, self._at):
            raise Broken
        self._at += len(expected)
