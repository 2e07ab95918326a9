"""Freezing a site: a marker that makes the web server let visitors read and refuse whatever would change something."""

from __future__ import annotations

from wordpress.maintenance.files import PLAIN, write
from wordpress.maintenance.site import Site


def freeze(site: Site) -> bool:
    """Let visitors read and no more; whether they could do more until now."""
    return write(site.frozen_marker, b"", PLAIN)


def thaw(site: Site) -> bool:
    """Let visitors change things again; whether they could not."""
    was_frozen = site.frozen_marker.exists()
    site.frozen_marker.unlink(missing_ok=True)
    return was_frozen
