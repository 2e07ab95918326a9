"""Versions of plugins, WordPress and PHP, in the order of PHP's ``version_compare``, by which WordPress decides."""

from __future__ import annotations

import re

LONGEST = 2**63 - 1
"""Where PHP's whole numbers end: a longer one counts as this."""

_PARTS = re.compile(r"[0-9]+|[A-Za-z]+")
_WORDS = ("dev", "alpha", "a", "beta", "b", "RC", "rc", "pl", "p")
"""The words that have a place; each stands for every word that begins with it, the longer ones first."""

_PLACES = {"dev": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2, "RC": 3, "rc": 3, "pl": 5, "p": 5}
_UNKNOWN, _NUMBER = -1, 4
_END = (_NUMBER, -1)
"""What follows the last part: before any number, after what announces a version, before what patches it."""


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, as the first version is older than the second, equally old, or newer."""
    first, second = _places(one), _places(other)
    return (first > second) - (first < second)


def _places(version: str) -> tuple[tuple[int, int], ...]:
    parts = _PARTS.findall(version)
    return (*map(_place, parts), _END) if parts else ()


def _place(part: str) -> tuple[int, int]:
    if part[0].isdigit():
        return _NUMBER, min(int(part.lstrip("0")[:20] or "0"), LONGEST)
    word = next((word for word in _WORDS if part.startswith(word)), None)
    return (_PLACES[word] if word else _UNKNOWN), 0
