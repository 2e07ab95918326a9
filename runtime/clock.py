"""Time as the product writes it: UTC, whole milliseconds, ISO 8601 with Z; sortable as text and exact to compare."""

from __future__ import annotations

from datetime import datetime, timezone


def instant(moment: datetime) -> datetime:
    """The moment cut to whole milliseconds, the precision in which it is stored."""
    return moment.astimezone(timezone.utc).replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """Write a moment, as in ``2026-11-23T04:00:00.000Z``."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """Read back what :func:`iso` wrote."""
    return datetime.fromisoformat(text)
