"""Another address and another folder for a site, in whatever one column of its database holds.

Text is rewritten in all the spellings that software writes an address in. Serialised values are walked, so that their
lengths stay right; a broken one is left as it is, because nobody can say what it means.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from wordpress.maintenance.serialised import Broken, change_strings, looks_serialised

COLON = rb"(?::|(?i:%(?:25)*3a))"
SLASH = rb"(?:\\{0,255}/|(?i:%(?:25)*2f))"
"""Plain, escaped as often as JSON was put into JSON, and URL-encoded as often as URLs were put into URLs.

JSON in JSON doubles the backslashes: more than these no software writes, and a search for any number takes for ever in a long
row of them.
"""
END = rb"(?![\w-]|\.[\w-]|\\+u002d|@|(?i:%(?:25)*40))"
"""What follows neither makes the name a longer one nor another one's user; a sentence may end here."""
DEEPEST = 100
"""So many strings inside strings are walked."""


class Rewriting:
    """From one site's origin and folder to another's. Doing it again changes nothing."""

    def __init__(self, *, old_url: str, new_url: str, old_folder: str, new_folder: str) -> None:
        """Take origins as ``http://host`` or ``https://host:port``, and folders as absolute paths."""
        old, new = urlsplit(old_url), urlsplit(new_url)
        host = old.hostname or ""
        self._scheme, self._host = new.scheme.encode(), (new.hostname or "").encode()
        self._port = str(new.port).encode() if new.port else b""
        self._url = _url_pattern(host, old.port)
        self._folder = re.compile(rb"(?P<slash>%b)%b" % (SLASH, rb"(?P=slash)".join(_names(old_folder))) + END)
        self._names = new_folder.strip("/").encode().split(b"/")
        self._host_sign, self._folder_sign = _sign(host), _sign(old_folder.rpartition("/")[2])

    def concerns(self, content: bytes) -> bool:
        """Whether there may be anything to rewrite; costs little."""
        lowered = content.lower()
        return self._host_sign in lowered or self._folder_sign in lowered

    def rewritten(self, value: bytes) -> bytes:
        """A column's value as it is to be at the new place."""
        return self._rewritten(value, DEEPEST)

    def _rewritten(self, value: bytes, levels: int) -> bytes:
        if not self.concerns(value):
            return value
        if not looks_serialised(value):
            return self._folder.sub(self._new_folder, self._url.sub(self._new_url, value))
        try:
            return change_strings(value, lambda text: self._rewritten(text, levels - 1)) if levels else value
        except Broken:
            return value

    def _new_url(self, found: re.Match[bytes]) -> bytes:
        before, slash = found["before"], found["slash"]
        if before and not found["scheme"]:
            return found[0]
        scheme = self._scheme + before if before else b""
        return scheme + 2 * slash + self._host + (_colon(found) + self._port if self._port else b"")

    def _new_folder(self, found: re.Match[bytes]) -> bytes:
        return b"".join(found["slash"] + name for name in self._names)


def _url_pattern(host: str, port: int | None) -> re.Pattern[bytes]:
    # An address without a port is another one than the same with a port.
    end = rb"(?P<colon>%b)%d" % (COLON, port) if port else rb"(?P<colon>)(?!%b\d)" % COLON
    start = rb"(?:(?P<scheme>https?)?(?P<before>%b)|(?<!/))(?P<slash>%b)(?P=slash)" % (COLON, SLASH)
    # WordPress writes two hyphens in the attributes of blocks so that they do not end a comment.
    name = re.escape(host.encode()).replace(rb"\-\-", rb"(?:--|\\+u002d\\+u002d)")
    return re.compile(start + name + end + END, re.IGNORECASE)


def _colon(found: re.Match[bytes]) -> bytes:
    """The colon before a port, spelt as the address around it is."""
    if spelt := found["colon"] or found["before"]:
        return spelt
    return found["slash"][:-2] + b"3A" if found["slash"].startswith(b"%") else b":"


def _names(folder: str) -> list[bytes]:
    return [re.escape(name) for name in folder.strip("/").encode().split(b"/")]


def _sign(name: str) -> bytes:
    """The longest part of a name that every spelling of it has."""
    return max(name.lower().split("--"), key=len).encode()
