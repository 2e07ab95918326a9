"""Removing a site for good: visitors out first, its secrets with everything else. Backups stay until they are too old."""

from __future__ import annotations

import shutil
from pathlib import Path

from wordpress.maintenance.context import Context
from wordpress.maintenance.outcomes import Result


def remove(context: Context) -> Result:
    """Remove whatever there is of a site."""
    site, database = context.site, context.database
    links = site.links
    for link in links:
        link.unlink(missing_ok=True)
    context.did("host unlinked")
    databases = [name for name in site.databases if database.exists(name)]
    for name in databases:
        database.drop(name)
    context.did("database dropped")
    had_user = database.has_user(site.user)
    database.drop_user(site.user)
    context.did("user dropped")
    had_folder = site.folder.exists()
    if had_folder:
        # A promotion is put back by removing its target, and must be known until all the rest is gone.
        for entry in set(site.folder.iterdir()) - {site.promotion}:
            _delete(entry)
        shutil.rmtree(site.folder)
    context.did("files removed")
    return Result(bool(links or databases or had_user or had_folder), "The site is removed.")


def _delete(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
