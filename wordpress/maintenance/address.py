"""Where a site answers: its host name, which no two sites share, and the link by which the web server finds it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from wordpress.maintenance.outcomes import Refused
from wordpress.maintenance.site import Site

HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
URL = re.compile(r"https?://(?P<host>[a-z0-9.-]+)(?::\d{1,5})?")
PRODUCTION = "PROD"
KINDS = {"DEV": "development", "SIT": "staging", PRODUCTION: "production"}
"""The environments, as WordPress calls them."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a site is to answer, and what for."""

    host: str
    url: str
    environment: str

    def __post_init__(self) -> None:
        """Raises Refused for what can be no site's address."""
        found = URL.fullmatch(self.url)
        if not HOST.fullmatch(self.host) or not found or found["host"] != self.host:
            raise Refused("The site's address is not valid.")
        if self.environment not in KINDS:
            raise Refused("The environment is none of DEV, SIT and PROD.")

    @property
    def is_production(self) -> bool:
        """Whether the site is for the public."""
        return self.environment == PRODUCTION

    @property
    def kind(self) -> str:
        """WordPress' own word for the environment. Without TLS it can only be a machine of somebody's own."""
        return "local" if self.url.startswith("http:") and not self.is_production else KINDS[self.environment]


def refuse_foreign_host(site: Site, host: str) -> None:
    """Raises Refused when another site answers at a host name."""
    link = site.hosts / host
    if link.is_symlink() and link.resolve() != site.folder.resolve() and link.exists():
        raise Refused("The address belongs to another site.")


def link_host(site: Site, host: str) -> bool:
    """Let visitors get to a site by a host name; whether they did not."""
    link, target = site.hosts / host, Path("..") / "sites" / site.site_id
    site.hosts.mkdir(exist_ok=True)
    if link.is_symlink() and os.readlink(link) == str(target):
        return False
    # Only a link to nowhere is in the way here: what is left of a site that is gone.
    fresh = site.hosts / f".{site.site_id}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    return True
