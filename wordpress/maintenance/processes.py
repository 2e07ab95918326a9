"""Streams of programs that were started with pipes."""

from __future__ import annotations

from typing import IO


def piped(stream: IO[bytes] | None) -> IO[bytes]:
    """A stream of a program; raises ValueError when the program was started without it."""
    if stream is None:
        raise ValueError("The stream is not piped.")
    return stream
