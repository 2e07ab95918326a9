"""Backing a site up: written under another name, read back, and only then there."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime

from wordpress.maintenance.archive import Archive, Damaged, archive_named, clear_partials, compressed, prune
from wordpress.maintenance.context import Context
from wordpress.maintenance.freezing import freeze
from wordpress.maintenance.outcomes import Result, Temporary
from wordpress.maintenance.processes import piped
from wordpress.maintenance.room import given_back

CHANGED_MEANWHILE = 1
"""What tar ends with when a visitor's upload was written while it read: the archive is whole."""


def back_up(context: Context, *, backup_id: str, now: datetime, frozen: bool = False) -> Result:
    """Make a backup unless there is a sound one of this id. A site that was never made has nothing to save.

    A ``frozen`` one holds all that visitors have changed: from before it until the site is thawed, they only read.
    Raises Temporary for a site that visitors get to, but of which the database or the files are missing.
    """
    archive = archive_named(context.settings.backups, context.site.site_id, backup_id)
    if not context.is_there:
        if context.site.links:
            raise Temporary("A part of the site cannot be found at the moment.")
        return Result(False, "The site has nothing to back up.")
    if frozen:
        freeze(context.site)
        context.did("site frozen")
    prune(context.settings.backups, now)
    if _is_sound(archive):
        return Result(False, "The backup is there already.")
    clear_partials(context.settings.backups, context.site.site_id)
    partial = archive.partial
    with given_back(lambda: shutil.rmtree(partial.folder, ignore_errors=True)):
        _write(context, partial)
        partial.seal(now, siteId=context.site.site_id, backupId=backup_id)
        partial.check()
    context.did("backup checked")
    shutil.rmtree(archive.folder, ignore_errors=True)
    partial.folder.rename(archive.folder)
    return Result(True, "The site is backed up.")


def _is_sound(archive: Archive) -> bool:
    try:
        archive.check()
    except Damaged:
        return False
    return True


def _write(context: Context, archive: Archive) -> None:
    archive.folder.mkdir(parents=True, mode=0o700)
    with context.database.dump(context.config["DB_NAME"]) as dump, compressed(archive.dump) as file:
        shutil.copyfileobj(dump, file)
    context.did("database dumped")
    _pack(context, archive)
    context.did("files packed")


def _pack(context: Context, archive: Archive) -> None:
    command = ["tar", "--create", "--directory", str(context.site.folder), "public"]
    environment = dict(context.settings.passed_on)
    with (
        compressed(archive.files) as file,
        subprocess.Popen(  # noqa: S603 - our own arguments
            command, stdout=subprocess.PIPE, env=environment, close_fds=False
        ) as tar,
    ):
        shutil.copyfileobj(piped(tar.stdout), file)
    if tar.returncode not in {0, CHANGED_MEANWHILE}:
        raise subprocess.CalledProcessError(tar.returncode, command)
