"""Want of room, as the file system, the database and the programs in between tell of it, and giving back what was taken."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

FULL = {errno.ENOSPC, errno.EDQUOT}
SIGNS = re.compile(
    r"No space left on device|Disk quota exceeded|ERROR (?:1021|1114)\b|Got error: (?:1021|1114)\b|The table '[^']*' is full"
    r"|\b(?:Errcode: |errno:? |error )(?:28|122)\b",
    re.IGNORECASE,
)
"""Of MariaDB's errors 1021 is a full disk and 1114 a full table; others cite what the system said, or its number."""


def tells_of_want_of_room(fault: OSError) -> bool:
    """Whether a call failed for want of room. Copying a folder tells only in words of what it met on the way."""
    return fault.errno in FULL or says_that_it_is_full(str(fault))


def says_that_it_is_full(text: str) -> bool:
    """Whether what a program wrote to standard error tells of want of room."""
    return SIGNS.search(text) is not None


@contextmanager
def given_back(give_back: Callable[[], object]) -> Iterator[None]:
    """Give back what was taken for something that then failed: where there is no room, half of it is in everybody's way."""
    try:
        yield
    except Exception:
        with suppress(Exception):
            give_back()
        raise
