"""Opaque page cursors that hold a position and nothing of where it is: tenant and partition come from each request.

A changed or foreign cursor can therefore only ever name another position in the caller's own list. The cursor is bound to
its route and filter by a fingerprint, so that one made elsewhere is refused instead of giving a page that makes no sense.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from hashlib import sha256

from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Route


def encode(route: Route, filters: Mapping[str, str], position: str) -> str:
    """Make the cursor of a position in the list that a route and its filters give."""
    content = json.dumps([_fingerprint(route, filters), position], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode(route: Route, filters: Mapping[str, str], cursor: str, *, position: re.Pattern[str]) -> str:
    """Read the position back; INVALID_CURSOR when it cannot be read, was made elsewhere, or is no position of this list."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        fingerprint, found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise _invalid() from None
    if fingerprint != _fingerprint(route, filters) or not isinstance(found, str) or not position.fullmatch(found):
        raise _invalid()
    return found


def _fingerprint(route: Route, filters: Mapping[str, str]) -> str:
    return sha256(json.dumps([route.name, sorted(filters.items())]).encode()).hexdigest()[:12]


def _invalid() -> BusinessException:
    return BusinessException(
        Code.INVALID_CURSOR, "Follow the `next` link of a page of this same list, or start without startAt."
    )
