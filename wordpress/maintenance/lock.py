"""One command per site at a time, on whatever machine it runs."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from wordpress.maintenance.outcomes import Temporary
from wordpress.maintenance.site import Site

WAIT_SECONDS, POLL_SECONDS = 30.0, 0.1


@contextmanager
def locked(site: Site, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the site's lock; raises Temporary when another command does not let go of it in time.

    Programs that are started meanwhile inherit the lock. If this process is killed, what it started still works on the site,
    and the next command waits for its end.
    """
    deadline = time.monotonic() + wait_seconds
    while (held := _try(site)) is None:
        if time.monotonic() > deadline:
            raise Temporary("Another job is at work on this site.")
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        site.lock.unlink(missing_ok=True)
        os.close(held)


def _try(site: Site) -> int | None:
    site.lock.parent.mkdir(exist_ok=True)
    file = os.open(site.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before may have removed it: then this is the lock of a file that nobody else can find.
        if os.fstat(file).st_ino != os.stat(site.lock).st_ino:
            raise BlockingIOError
    except (BlockingIOError, FileNotFoundError):
        os.close(file)
        return None
    os.set_inheritable(file, True)
    return file
