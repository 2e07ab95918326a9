"""Copying a site that is there into one that is being made: its database and its files. The source is only ever read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wordpress.maintenance.address import KINDS, PRODUCTION, Address
from wordpress.maintenance.cleaning import cleaning, set_option
from wordpress.maintenance.config import read_config
from wordpress.maintenance.context import Context
from wordpress.maintenance.dumps import moved
from wordpress.maintenance.files import copy_site, furnish
from wordpress.maintenance.outcomes import Refused
from wordpress.maintenance.rewriting import Rewriting
from wordpress.maintenance.room import given_back
from wordpress.maintenance.site import Site

MARK = "bbws_filled_for"
"""The option that a copy gets last. It says what for, because the source may be a copy itself and have the option too."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The site that is copied, with its constants as they were when the command began."""

    site: Site
    config: Mapping[str, str]

    @property
    def database(self) -> str:
        """The database that it uses."""
        return self.config["DB_NAME"]

    @property
    def is_production(self) -> bool:
        """Whether it is for the public."""
        return self.config["WP_ENVIRONMENT_TYPE"] == KINDS[PRODUCTION]


def source_at(context: Context, site: Site) -> Source:
    """The site to copy; raises Refused when it is not whole, or the very site that is being made."""
    config = read_config(site.config)
    whole = config and site.public.is_dir() and context.database.has_wordpress(config["DB_NAME"])
    if not whole or site.site_id == context.site.site_id:
        raise Refused("There is no such site to copy.")
    return Source(site=site, config=config)


def fill(context: Context, source: Source, address: Address, *, database: str, purpose: str, is_public: bool | None) -> bool:
    """Have a database hold the source's content for a new address; whether it did not.

    ``purpose`` tells this copy from every other. What was begun for it and not brought to its end is begun anew.
    """
    server = context.database
    if server.option(database, MARK) == purpose:
        return False
    rewriting = Rewriting(
        old_url=source.config["WP_HOME"],
        new_url=address.url,
        old_folder=str(source.site.folder.resolve()),
        new_folder=str(context.site.folder.resolve()),
    )
    server.drop(database)
    server.create(database)
    with given_back(lambda: server.drop(database)):
        with server.dump(source.database) as dump, context.database_of_site.load(database) as filled:
            filled.writelines(moved(dump, rewriting, user=context.site.user))
        context.did("database copied")
        server.run(cleaning(source=source.database, url=address.url, is_public=is_public), database=database)
        context.did("database cleaned")
        server.run(set_option(MARK, purpose), database=database)
        context.did("database filled")
    return True


def copy_files(context: Context, source: Source) -> None:
    """Copy the source's files to where the site's fresh ones wait, whole or not there."""
    partial = context.site.partial_public
    copy_site(source.site.public, partial)
    furnish(partial)
    partial.rename(context.site.fresh_public)
    context.did("files copied")
