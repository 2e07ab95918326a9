"""What every command works with: one site, and what is beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from wordpress.maintenance.config import read_config
from wordpress.maintenance.database import Database
from wordpress.maintenance.secrets import database_server
from wordpress.maintenance.settings import Settings
from wordpress.maintenance.site import Site
from wordpress.maintenance.wpcli import WpCli

Progress = Callable[[str], None]
"""Is told after each step what was done."""


@dataclass(frozen=True)
class Context:
    """A command's surroundings. The database server's secret is fetched by the first command that needs it."""

    settings: Settings
    site: Site
    did: Progress = field(default=lambda _: None)

    @cached_property
    def database(self) -> Database:
        """The database server, for whoever administers it."""
        return Database(database_server(self.settings), self.settings.passed_on)

    @property
    def database_of_site(self) -> Database:
        """The database server as the site itself meets it.

        What is loaded has to be loaded so, with programs that run as the site's user: only who may do everything can make one
        that is to run as somebody else, and on RDS nobody may.
        """
        config = self.config
        return self.database.for_user(config["DB_USER"], config["DB_PASSWORD"])

    @property
    def wp(self) -> WpCli:
        """wp-cli on this site."""
        return WpCli(self.settings, self.site)

    @property
    def config(self) -> dict[str, str]:
        """The site's constants, as they are now."""
        return read_config(self.site.config)

    @property
    def is_there(self) -> bool:
        """Whether the site has got as far as having files and a database, so that there is something to save."""
        name = self.config.get("DB_NAME")
        return name is not None and self.site.public.is_dir() and self.database.exists(name)
