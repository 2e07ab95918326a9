"""Calls that run beside one another and are waited for until a moment, and no longer, whatever they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def begun(call: Callable[[], T]) -> Future[T]:
    """Begin a call in a thread of its own; nobody waits for the end of one that hangs, not even the end of the process."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as fault:  # noqa: BLE001 - whoever asks for the result is told
            future.set_exception(fault)

    Thread(target=run, daemon=True).start()
    return future


def awaited(deadline: float, *futures: Future[Any]) -> None:
    """Wait until all are done, or until ``deadline`` (in seconds of time.monotonic)."""
    wait(futures, timeout=max(0.0, deadline - time.monotonic()))
