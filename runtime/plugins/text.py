"""Plain text of what strangers wrote: HTML without its tags, and nothing that no reader should get.

The standard library's parser is not asked: before Python 3.13.6 its time grows with the square of what it does not understand,
and minutes are spent on a page of broken tags. What is made here is text and nothing else; whoever shows it escapes it.
"""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"<(/?)(?:([A-Za-z][A-Za-z0-9]*+)|[!?])[^<>]*+>")
"""A tag, or what is a comment. Nothing in it is read twice, however long it is and wherever it breaks off."""

_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of surrogate pairs, which no table can hold."""

_SPACES = re.compile(r"[ \t\u00a0]+")
_HIDDEN = frozenset({"script", "style", "iframe", "object", "template"})
_BLOCKS = frozenset({"p", "div", "ul", "ol", "dl", "table", "tr", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_LINES = {"li": "\n- ", "br": "\n", "dt": "\n", "dd": "\n"}


def plain(value: object, *, most: int) -> str | None:
    """One line of text, at most so long; None for what is no text or is empty."""
    if not isinstance(value, str):
        return None
    return " ".join(text_of(value[: 4 * most]).split())[:most].strip() or None


def text_of(html: str) -> str:
    """The text of HTML: blocks on lines of their own, items of lists with a dash, scripts left out."""
    html = html.replace("\r", "").replace("\n", " ")  # in HTML a line's end is a space
    found: list[str] = []
    hidden, end = "", 0
    for tag in _TAG.finditer(html):
        closing, name = tag[1], (tag[2] or "").lower()
        if not hidden:
            found += [html[end : tag.start()], _break_at(name, closing=bool(closing))]
            hidden = name if name in _HIDDEN and not closing else ""
        elif closing and name == hidden:
            hidden = ""
        end = tag.end()
    if not hidden:
        found.append(html[end:])
    return _tidy(_unescaped("".join(found)))


def _break_at(name: str, *, closing: bool) -> str:
    if name in _BLOCKS:
        return "\n\n"
    return "" if closing else _LINES.get(name, "")


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character's number of more digits than Python reads
        return text


def _tidy(text: str) -> str:
    lines = [_SPACES.sub(" ", line).strip() for line in _UNREADABLE.sub("", text).split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip()
