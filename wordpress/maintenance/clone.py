"""Cloning a site: another one with the same content, at an address of its own, with secrets of its own."""

from __future__ import annotations

from wordpress.maintenance.address import Address, link_host, refuse_foreign_host
from wordpress.maintenance.context import Context
from wordpress.maintenance.copying import copy_files, fill, source_at
from wordpress.maintenance.files import furnish
from wordpress.maintenance.groundwork import configure, make_database
from wordpress.maintenance.outcomes import Result
from wordpress.maintenance.site import Site


def clone(context: Context, source_site: Site, address: Address) -> Result:
    """Make a copy of a site, or what is missing of it.

    Raises Refused when there is no such site to copy, or the address is another site's.
    """
    site = context.site
    refuse_foreign_host(site, address.host)
    source = source_at(context, source_site)
    changed = configure(context, address)
    context.did("configured")
    changed = make_database(context) or changed
    context.did("database made")
    # Search engines are kept out of what is not for the public, and let into what becomes so.
    is_public = None if address.is_production and source.is_production else address.is_production
    database = context.config["DB_NAME"]
    changed = fill(context, source, address, database=database, purpose=site.site_id, is_public=is_public) or changed
    if not site.public.is_dir():
        if not site.fresh_public.is_dir():
            copy_files(context, source)
        site.fresh_public.rename(site.public)
        changed = True
    changed = furnish(site.public) or changed
    context.did("files in place")
    changed = link_host(site, address.host) or changed
    context.did("host linked")
    return Result(changed, "The site is copied.")
