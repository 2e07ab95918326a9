"""Putting a site back to a backup.

The backup is unpacked beside the site, into its other database and another folder. Only when all of it is there does the site,
closed for the moment, change over: by the name of the database in its configuration, and by the name of the folder.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess

from wordpress.maintenance.archive import Archive, Damaged, archive_named
from wordpress.maintenance.config import write_config
from wordpress.maintenance.context import Context
from wordpress.maintenance.files import furnish
from wordpress.maintenance.offline import close, reopen
from wordpress.maintenance.outcomes import Refused, Result
from wordpress.maintenance.promotion import forget_promotion


def restore(context: Context, *, backup_id: str) -> Result:
    """Put a site back; raises Refused when there is no such site, or no sound backup of this id."""
    site, config = context.site, context.config
    archive = archive_named(context.settings.backups, site.site_id, backup_id)
    if not config:
        raise Refused("There is no such site to restore.")
    try:
        archive.check()
    except Damaged as fault:
        raise Refused("The backup is missing or damaged.") from fault
    context.did("backup checked")
    # What a promotion left half done is undone with all the rest, and needs the same places.
    forget_promotion(site)
    current = config["DB_NAME"]
    spare = site.spare_database(current)
    _fill(context, archive, spare)
    context.did("database filled")
    fresh, former = site.fresh_public, site.former_public
    _unpack(context, archive)
    context.did("files unpacked")
    close(site)
    context.did("site closed")
    write_config(site.config, {**config, "DB_NAME": spare})
    context.did("database changed over")
    shutil.rmtree(former, ignore_errors=True)
    if site.public.exists():
        site.public.rename(former)
    context.did("files moved away")
    fresh.rename(site.public)
    context.did("files changed over")
    reopen(site)
    context.did("site opened")
    context.database.drop(current)
    shutil.rmtree(former, ignore_errors=True)
    return Result(True, "The site is as it was at the time of the backup.")


def _fill(context: Context, archive: Archive, database: str) -> None:
    context.database.drop(database)
    context.database.create(database)
    with gzip.open(archive.dump) as dump, context.database.load(database) as server:
        shutil.copyfileobj(dump, server)
    if not context.database.has_wordpress(database):
        raise Refused("The backup holds no WordPress database.")


def _unpack(context: Context, archive: Archive) -> None:
    unpacked, fresh = context.site.folder / "unpacked", context.site.fresh_public
    for left in (unpacked, fresh):
        shutil.rmtree(left, ignore_errors=True)
    unpacked.mkdir()
    command = ["tar", "--extract", "--gzip", "--no-same-owner", "--file", str(archive.files), "--directory", str(unpacked)]
    subprocess.run(command, check=True, env=dict(context.settings.passed_on), close_fds=False)  # noqa: S603 - our own arguments
    (unpacked / "public").rename(fresh)
    unpacked.rmdir()
    furnish(fresh)
