"""Where one site's things are, by its id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wordpress.maintenance.outcomes import Refused

SITE_ID = re.compile(r"site-[0-9a-z-]{1,40}")
"""No underscore, which is a wildcard in grants, and short enough to be the name of a database and of its user."""


@dataclass(frozen=True)
class Site:
    """The places of a site in the shared folder, and the names of its databases.

    There are two databases so that a restored or promoted one can be filled while the other one serves. The configuration says
    which one the site uses.
    """

    site_id: str
    sites: Path

    @property
    def folder(self) -> Path:
        """All that belongs to the site."""
        return self.sites / "sites" / self.site_id

    @property
    def public(self) -> Path:
        """What the web server shows: WordPress."""
        return self.folder / "public"

    @property
    def temporary(self) -> Path:
        """The site's own folder for uploads on their way and the like."""
        return self.folder / "tmp"

    @property
    def config(self) -> Path:
        """The site's secrets."""
        return self.folder / "config.php"

    @property
    def offline_marker(self) -> Path:
        """While this file is there, the web server closes the site; it holds the reason."""
        return self.folder / "offline"

    @property
    def frozen_marker(self) -> Path:
        """While this file is there, visitors may read the site and change nothing."""
        return self.folder / "frozen"

    @property
    def fresh_public(self) -> Path:
        """What is to become the public folder."""
        return self.folder / "public.new"

    @property
    def partial_public(self) -> Path:
        """The same while it is not whole."""
        return self.folder / "public.part"

    @property
    def former_public(self) -> Path:
        """What the public folder was before another took its place."""
        return self.folder / "public.old"

    @property
    def promotion(self) -> Path:
        """Which promotion is under way on the site, and how far it has come."""
        return self.folder / "promotion.json"

    @property
    def hosts(self) -> Path:
        """Links to the sites' folders by host name."""
        return self.sites / "hosts"

    @property
    def links(self) -> list[Path]:
        """The host names under which visitors get to the site; none before it is complete."""
        links = self.hosts.iterdir() if self.hosts.is_dir() else ()
        return [link for link in links if link.is_symlink() and link.readlink().name == self.site_id]

    @property
    def lock(self) -> Path:
        """Held by the command that works on the site."""
        return self.sites / "locks" / self.site_id

    @property
    def user(self) -> str:
        """The database user."""
        return self.site_id

    @property
    def databases(self) -> tuple[str, str]:
        """The two names that the site's database may have; the first one is that of a new site."""
        return self.site_id, f"{self.site_id}-b"

    def spare_database(self, current: str) -> str:
        """The one of the two names that is not the current one."""
        (spare,) = set(self.databases) - {current}
        return spare


def site_named(site_id: str, sites: Path) -> Site:
    """A site; raises Refused for what is no site's id."""
    if not SITE_ID.fullmatch(site_id):
        raise Refused("This is not the id of a site.")
    return Site(site_id, sites)
