"""The steps of operations on one site. Each looks before it acts, or has the maintenance command do so: it may run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from runtime.operations.workflow import StepContext
from runtime.wordpress.port import JobCommand, SiteAddress, WordPressFault


def install(context: StepContext) -> None:
    """Make the database, the files and the WordPress of a new site."""
    wanted = context.input
    context.run_job(
        JobCommand.INSTALL,
        host=urlsplit(wanted["url"]).hostname or "",
        url=wanted["url"],
        title=wanted["siteName"],
        environment=wanted["environment"],
        plugins=",".join(wanted["plugins"]),
        **{"admin-email": wanted["adminEmail"]},
    )


def verify(context: StepContext) -> Mapping[str, Any]:
    """See that the site answers, as itself, to us and to visitors; gives its versions."""
    address = _address(context)
    facts = context.ports.agent.facts(address)
    home = context.ports.agent.visit(address)
    offline = context.input.get("status") == "SUSPENDED"
    if not home.is_good and not offline:
        raise WordPressFault(f"The site's home page answers {home.status}.")
    return {"wordpressVersion": facts.wordpress_version, "phpVersion": facts.php_version}


def rename(context: StepContext) -> None:
    """Give the site its new title."""
    context.ports.agent.rename(_address(context), site_name=context.input["siteName"])


def suspend(context: StepContext) -> None:
    """Take the site offline, its data kept."""
    context.run_job(JobCommand.OFFLINE, reason="suspended")


def activate(context: StepContext) -> None:
    """Bring the site online."""
    context.run_job(JobCommand.ONLINE)


def back_up(context: StepContext) -> None:
    """Make a backup, and make sure of it."""
    context.run_job(JobCommand.BACKUP, **{"backup-id": context.operation.operation_id})


def take_offline(context: StepContext) -> None:
    """Take a site offline that is to be deleted."""
    context.run_job(JobCommand.OFFLINE, reason="deleted")


def remove(context: StepContext) -> None:
    """Remove database, files and secrets."""
    context.run_job(JobCommand.REMOVE)


def _address(context: StepContext) -> SiteAddress:
    return SiteAddress(site_id=context.operation.site_id, url=context.input["url"])
