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
from wordpress.maintenance.files import PLAIN, furnish, write
from wordpress.maintenance.outcomes import Refused, Result

RESTORING = b"restoring"


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
    current = config["DB_NAME"]
    (spare,) = set(site.databases) - {current}
    _fill(context, archive, spare)
    context.did("database filled")
    fresh, former = site.folder / "public.new", site.folder / "public.old"
    _unpack(context, archive)
    context.did("files unpacked")
    closed_by_us = _close(context)
    context.did("site closed")
    write_config(site.config, {**config, "DB_NAME": spare})
    context.did("database changed over")
    shutil.rmtree(former, ignore_errors=True)
    if site.public.exists():
        site.public.rename(former)
    context.did("files moved away")
    fresh.rename(site.public)
    context.did("files changed over")
    if closed_by_us:
        site.offline_marker.unlink()
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
    unpacked, fresh = context.site.folder / "unpacked", context.site.folder / "public.new"
    for left in (unpacked, fresh):
        shutil.rmtree(left, ignore_errors=True)
    unpacked.mkdir()
    command = ["tar", "--extract", "--gzip", "--no-same-owner", "--file", str(archive.files), "--directory", str(unpacked)]
    subprocess.run(command, check=True, env=dict(context.settings.passed_on), close_fds=False)  # noqa: S603 - our own arguments
    (unpacked / "public").rename(fresh)
    unpacked.rmdir()
    furnish(fresh)


def _close(context: Context) -> bool:
    """Close the site; whether it was open, or closed by a restoration that did not come to its end."""
    marker = context.site.offline_marker
    if marker.exists() and marker.read_bytes() != RESTORING:
        return False
    write(marker, RESTORING, PLAIN)
    return True
