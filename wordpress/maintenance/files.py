"""Files that are there whole or not at all, and folders as copies of others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wordpress.maintenance.room import given_back

AGENT = Path(__file__).parents[1] / "agent"
WP_CONFIG = Path(__file__).parents[1] / "site" / "wp-config.php"
SECRET, PLAIN = 0o600, 0o644
NEVER_CHANGED = {"wp-admin", "wp-includes"}
OF_THIS_SITE_ONLY = {"cache", "upgrade", "upgrade-temp-backup", "debug.log", "object-cache.php", "advanced-cache.php"}
"""What lies in wp-content and is of no use to a copy: made anew when it is wanted, or set up for one site."""
UPDATING = ".maintenance"
"""What WordPress closes itself with while it changes a plugin."""
PARTIAL = ".bbws.part"
"""A file on its way; what a killed command left of one is replaced by the next file."""


def write(path: Path, content: bytes, mode: int) -> bool:
    """Write a file in one go unless it has this content already; whether it was written.

    It outlives the end of the process, not of the machine, from where a command starts anew.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    partial = path.with_name(f"{path.name}.new")
    partial.unlink(missing_ok=True)
    with given_back(lambda: partial.unlink(missing_ok=True)):
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        partial.replace(path)
    return True


def copy_wordpress(core: Path, into: Path) -> None:
    """WordPress in a folder of a site's own.

    What a site never changes is linked where core and site are on one file system, else copied; wp-content is copied always.
    """
    link = core.stat().st_dev == into.parent.stat().st_dev
    with _new_folder(into):
        for entry in sorted(core.iterdir()):
            place = into / entry.name
            if entry.name == "wp-content":
                shutil.copytree(entry, place)
            elif entry.is_dir():
                shutil.copytree(entry, place, copy_function=os.link if link else shutil.copy2)
            elif link:
                os.link(entry, place)
            else:
                shutil.copy2(entry, place)


def copy_site(public: Path, into: Path) -> None:
    """A site's WordPress in a folder of another's, without logs, caches and the platform's own plugin.

    What a site never changes is linked where both are on one file system, else copied; all the rest is copied always.
    """
    link = public.stat().st_dev == into.parent.stat().st_dev
    content = public / "wp-content"

    def left_out(at: str | os.PathLike[str], names: list[str]) -> set[str]:
        return _left_out(content, at, names)

    with _new_folder(into):
        for entry in sorted(entry for entry in public.iterdir() if entry.name != UPDATING):
            place = into / entry.name
            if entry.is_symlink() or not entry.is_dir():
                copy_if_there(entry, place)
            elif entry.name in NEVER_CHANGED and link:
                shutil.copytree(entry, place, copy_function=os.link)
            else:
                shutil.copytree(entry, place, symlinks=True, copy_function=copy_if_there, ignore=left_out)


def add_missing(folder: Path, into: Path) -> bool:
    """Copy the files that another folder lacks; whether it lacked any. A file of the same name stays as it is there."""
    added = False
    entries = folder.iterdir() if folder.is_dir() else ()
    for entry in sorted(entry for entry in entries if entry.name != PARTIAL):
        place = into / entry.name
        if entry.is_dir() and not entry.is_symlink():
            if place.is_dir() or not os.path.lexists(place):
                added = add_missing(entry, place) or added
        elif not os.path.lexists(place):
            into.mkdir(parents=True, exist_ok=True)
            partial = into / PARTIAL
            partial.unlink(missing_ok=True)
            copy_if_there(entry, partial)
            if os.path.lexists(partial):
                partial.replace(place)
                added = True
    return added


def copy_if_there(file: str | Path, place: str | Path) -> None:
    """Copy a file with its times, unless a visitor's request has just removed it. Links stay links; pipes are left out."""
    try:
        if os.path.islink(file) or os.path.isfile(file):
            shutil.copy2(file, place, follow_symlinks=False)
    except FileNotFoundError:
        if os.path.lexists(file):
            raise


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """An empty folder in place of what a killed command left of it; gone again when it cannot be filled."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with given_back(lambda: shutil.rmtree(folder, ignore_errors=True)):
        yield


def _left_out(content: Path, folder: str | os.PathLike[str], names: list[str]) -> set[str]:
    """Of the names in a folder of a site, those that a copy does without."""
    here = Path(folder)
    if content not in (here, *here.parents):
        return set()
    logs = {name for name in names if name.endswith(".log") and (here / name).is_file()}
    if here == content:
        return logs | OF_THIS_SITE_ONLY.intersection(names)
    ours = {entry.name for entry in AGENT.iterdir()} if here == content / "mu-plugins" else set()
    return logs | ours.intersection(names)


def furnish(public: Path) -> bool:
    """Give a WordPress the platform's own files, as they are now; whether any was different."""
    changed = write(public / "wp-config.php", WP_CONFIG.read_bytes(), PLAIN)
    plugins = public / "wp-content" / "mu-plugins"
    ours = {path.relative_to(AGENT) for path in AGENT.rglob("*") if path.is_file()}
    folders = {path.name for path in AGENT.iterdir() if path.is_dir()}
    there = {path.relative_to(plugins) for name in folders for path in (plugins / name).rglob("*") if path.is_file()}
    for name in sorted(ours):
        (plugins / name).parent.mkdir(parents=True, exist_ok=True)
        changed = write(plugins / name, (AGENT / name).read_bytes(), PLAIN) or changed
    for name in there - ours:
        (plugins / name).unlink()
        changed = True
    return changed
