"""Changing a site over to another of its databases: the first half of every exchange of what a site consists of."""

from __future__ import annotations

from wordpress.maintenance.config import write_config
from wordpress.maintenance.context import Context
from wordpress.maintenance.offline import close, reopen


def change_database(context: Context, name: str, *, done: str) -> None:
    """Close a site and have its configuration name another database; it stays closed, for its files to follow.

    A configuration that cannot be written, for want of room say, leaves the site what it was, and open if it was. ``done`` is
    what the step is called.
    """
    site = context.site
    was_open = close(site)
    context.did("site closed")
    try:
        write_config(site.config, {**context.config, "DB_NAME": name})
    except OSError:
        if was_open:
            reopen(site)
        raise
    context.did(done)
