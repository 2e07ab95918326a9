"""Adding plugins to a site: those that WordPress brings along, and those of the WordPress.org directory."""

from __future__ import annotations

import json
import re

from wordpress.maintenance.context import Context
from wordpress.maintenance.outcomes import Refused, Temporary
from wordpress.maintenance.wpcli import WpCliFault

NOT_FOUND = re.compile(r"Couldn't find|Plugin not found", re.IGNORECASE)


def add_plugins(context: Context, slugs: tuple[str, ...]) -> bool:
    """Have plugins installed and active; whether any was not. Raises Refused for one that cannot be had."""
    if not slugs:
        return False
    status = _status(context)
    wanted = [slug for slug in slugs if status.get(slug) != "active"]
    for slug in wanted:
        if slug not in status:
            _fetch(context, slug)
            context.did(f"plugin {slug} fetched")
    if wanted:
        _activate(context, wanted)
    return bool(wanted)


def _status(context: Context) -> dict[str, str]:
    listed = json.loads(context.wp.run("plugin", "list", "--fields=name,status", "--format=json"))
    return {plugin["name"]: plugin["status"] for plugin in listed}


def _fetch(context: Context, slug: str) -> None:
    try:
        context.wp.run("plugin", "install", slug)
    except WpCliFault as fault:
        if NOT_FOUND.search(str(fault)):
            raise Refused(f"There is no plugin {slug} in the WordPress.org directory.") from fault
        raise Temporary("The WordPress.org plugin directory cannot be reached at the moment.") from fault


def _activate(context: Context, slugs: list[str]) -> None:
    try:
        context.wp.run("plugin", "activate", *slugs)
    except WpCliFault as fault:
        # With the database away this fails too, and then no plugin is to blame.
        status = _status(context)
        culprit = next(slug for slug in slugs if status.get(slug) != "active")
        raise Refused(f"The plugin {culprit} cannot be activated on this site.") from fault
