"""Putting a site back to a backup.

The backup is unpacked beside the site, into its other database and another folder. Only when all of it is there does the site,
closed for the moment, change over: by the name of the database in its configuration, and by the name of the folder.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

from wordpress.maintenance.archive import Archive, Damaged, archive_named
from wordpress.maintenance.changing import change_database
from wordpress.maintenance.context import Context
from wordpress.maintenance.dumps import owned
from wordpress.maintenance.files import furnish
from wordpress.maintenance.groundwork import let_site_in
from wordpress.maintenance.offline import reopen
from wordpress.maintenance.outcomes import Full, Refused, Result
from wordpress.maintenance.promotion import forget_promotion
from wordpress.maintenance.room import given_back, says_that_it_is_full


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
    fresh, former, unpacked = site.fresh_public, site.former_public, site.folder / "unpacked"
    let_site_in(context)
    with given_back(lambda: context.database.drop(spare)):
        _fill(context, archive, spare)
        context.did("database filled")
        with given_back(lambda: _clear(unpacked, fresh)):
            _unpack(context, archive, unpacked)
            context.did("files unpacked")
    change_database(context, spare, done="database changed over")
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
    with gzip.open(archive.dump) as dump, context.database_of_site.load(database) as server:
        server.writelines(owned(dump, user=context.site.user))
    if not context.database.has_wordpress(database):
        raise Refused("The backup holds no WordPress database.")


def _unpack(context: Context, archive: Archive, unpacked: Path) -> None:
    fresh, environment = context.site.fresh_public, dict(context.settings.passed_on)
    _clear(unpacked, fresh)
    unpacked.mkdir()
    command = ["tar", "--extract", "--gzip", "--no-same-owner", "--file", str(archive.files), "--directory", str(unpacked)]
    tar = subprocess.run(  # noqa: S603 - our own arguments
        command, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", env=environment, close_fds=False, check=False
    )
    if tar.returncode and says_that_it_is_full(tar.stderr):
        raise Full("The file system of the sites is full.")
    tar.check_returncode()
    (unpacked / "public").rename(fresh)
    unpacked.rmdir()
    furnish(fresh)


def _clear(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
