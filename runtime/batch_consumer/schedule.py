"""When a message that failed unexpectedly comes back.

==========  ==========================  ===============
receive     comes back after            at base 60 s
==========  ==========================  ===============
first       0.8 to 1.2 times the base   48 to 72 s
second      twice as much               96 to 144 s
third       never: it is a dead letter
==========  ==========================  ===============

The spread keeps messages that failed together, because something they all need was down, from coming back together. Whoever
counts attempts otherwise than by receives is given the same schedule, doubling on.
"""

from __future__ import annotations

from collections.abc import Callable

MAX_RECEIVES = 3
"""After so many receives SQS itself moves a message to the dead letters; at the last, we do so first and say why."""

LONGEST_DELAY = 900
"""Seconds: the most that SQS delays a message."""

SPREAD = 0.2


def backoff(attempt: int, base_seconds: int, entropy: Callable[[int], bytes]) -> int:
    """The seconds to wait after the so-many-th attempt (1, 2, ...), spread at random."""
    fraction = int.from_bytes(entropy(2), "big") / 0xFFFF
    factor = 1 - SPREAD + 2 * SPREAD * fraction
    doublings = min(attempt - 1, 10)  # far beyond the longest delay, and no number without end
    return min(LONGEST_DELAY, round((base_seconds << doublings) * factor))


def longest_backoff(attempt: int, base_seconds: int) -> float:
    """The most seconds that :func:`backoff` gives."""
    return min(LONGEST_DELAY, (base_seconds << min(attempt - 1, 10)) * (1 + SPREAD))
