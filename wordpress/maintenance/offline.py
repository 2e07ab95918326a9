"""Taking a site offline and online again: a marker that the web server looks for with every request."""

from __future__ import annotations

from wordpress.maintenance.context import Context
from wordpress.maintenance.files import PLAIN, write
from wordpress.maintenance.outcomes import Refused, Result
from wordpress.maintenance.site import Site

CHANGING_OVER = b"changing over"


def take_offline(context: Context, *, reason: str) -> Result:
    """Close a site to everybody but the agent. A site that was never made is offline."""
    if not context.site.folder.is_dir():
        return Result(False, "There is no such site to take offline.")
    changed = write(context.site.offline_marker, reason.encode(), PLAIN)
    return Result(changed, "The site is offline.")


def take_online(context: Context) -> Result:
    """Open a site again; raises Refused when there is none."""
    if not context.site.folder.is_dir():
        raise Refused("There is no such site to take online.")
    changed = context.site.offline_marker.exists()
    context.site.offline_marker.unlink(missing_ok=True)
    return Result(changed, "The site is online.")


def close(site: Site) -> bool:
    """Close a site for the moment in which its database and files change over; whether it was open. An offline one stays so."""
    return not site.offline_marker.exists() and write(site.offline_marker, CHANGING_OVER, PLAIN)


def reopen(site: Site) -> None:
    """Open a site that was closed for the moment, by this command or by one that did not come to its end."""
    if site.offline_marker.exists() and site.offline_marker.read_bytes() == CHANGING_OVER:
        site.offline_marker.unlink()
