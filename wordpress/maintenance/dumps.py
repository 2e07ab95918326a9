"""A dump of a site's database as it is to be loaded, into its own or into another's: line by line, never all of it at once."""

from __future__ import annotations

import re
from binascii import hexlify, unhexlify
from collections.abc import Iterable, Iterator

from wordpress.maintenance.rewriting import Rewriting

ROWS = re.compile(rb"INSERT INTO `([^`]+)` ")
DEFINER = re.compile(rb"DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*`")
LITERAL = re.compile(rb"'([^'\\]*+(?:\\.[^'\\]*+)*+)'|0x((?:[0-9A-Fa-f]{2})+)", re.DOTALL)
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
SPECIAL = re.compile(rb"[\0\n\r\x1a\\'\"]")
MEANT = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"Z": b"\x1a", b"t": b"\t", b"b": b"\b"}
WRITTEN = {b"\0": b"\\0", b"\n": b"\\n", b"\r": b"\\r", b"\x1a": b"\\Z"}
LEFT_BEHIND = {b"wp_bbws_agent_nonces"}
"""Tables that come without their rows."""


def moved(dump: Iterable[bytes], rewriting: Rewriting, *, user: str) -> Iterator[bytes]:
    """The lines of a dump with every value rewritten, and every program running as the new site's user."""
    for table, line in _told_apart(dump):
        if table is None:
            yield _run_as(user, line)
        elif table not in LEFT_BEHIND:
            yield _values(line, rewriting)


def owned(dump: Iterable[bytes], *, user: str) -> Iterator[bytes]:
    """The lines of a dump with every program running as a site's user, so that this user can load it."""
    for table, line in _told_apart(dump):
        yield _run_as(user, line) if table is None else line


def _told_apart(dump: Iterable[bytes]) -> Iterator[tuple[bytes | None, bytes]]:
    """The lines of a dump, each with the table that it has values of; None for what is no values.

    Relies on mariadb-dump, which escapes the line ends inside values and ends a statement with its line.
    """
    table, in_program = None, False
    for line in dump:
        if line.startswith(b"DELIMITER "):
            in_program = line != b"DELIMITER ;\n"
        elif table is None and not in_program and (found := ROWS.match(line)):
            table = found[1]
        yield table, line
        if table is not None and line.endswith(b";\n"):
            table = None


def _run_as(user: str, line: bytes) -> bytes:
    return DEFINER.sub(f"DEFINER=`{user}`@`%`".encode(), line) if b"DEFINER=`" in line else line


def _values(line: bytes, rewriting: Rewriting) -> bytes:
    """A line of values. What stands in hexadecimal shows what it is about only when it is decoded."""
    if not rewriting.concerns(line) and b",0x" not in line and b"(0x" not in line:
        return line
    return LITERAL.sub(lambda found: _literal(found, rewriting), line)


def _literal(found: re.Match[bytes], rewriting: Rewriting) -> bytes:
    text, digits = found[1], found[2]
    if digits is not None:
        value = unhexlify(digits)
        rewritten = rewriting.rewritten(value)
        return found[0] if rewritten == value else b"0x" + hexlify(rewritten).upper()
    if not rewriting.concerns(text):
        return found[0]
    value = ESCAPED.sub(lambda escape: MEANT.get(escape[1], escape[1]), text)
    rewritten = rewriting.rewritten(value)
    return found[0] if rewritten == value else b"'%b'" % SPECIAL.sub(_escape, rewritten)


def _escape(found: re.Match[bytes]) -> bytes:
    return WRITTEN.get(found[0], b"\\" + found[0])
