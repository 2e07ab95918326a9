"""Ids that sort by the time they were made: a prefix and a version 7 UUID (RFC 9562 section 5.7)."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

RANDOM_BYTES = 10
UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
INVITATION_ID = re.compile(f"inv-{UUID_PATTERN}")
SITE_ID = re.compile(f"site-{UUID_PATTERN}")
OPERATION_ID = re.compile(f"op-{UUID_PATTERN}")
PLUGIN_ID = re.compile(r"[^/]{1,200}")
"""As wide as what a site's folder of plugins may hold; those of WordPress.org are lower-case letters, digits and hyphens."""

PATTERNS = {
    "tenantId": re.compile(r"[A-Za-z0-9._-]{1,128}"),
    "invitationId": INVITATION_ID,
    "siteId": SITE_ID,
    "operationId": OPERATION_ID,
    "pluginId": PLUGIN_ID,
}
"""The form of each id by its name in paths, for the API description: a request with another form just names nothing."""


def new_id(prefix: str, *, now: datetime, random: bytes) -> str:
    """Make an id of a moment and ten random bytes."""
    milliseconds = int(now.timestamp() * 1000)
    value = milliseconds << 80 | int.from_bytes(random, "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{prefix}-{UUID(int=value)}"
