"""Files that are there whole or not at all, and folders as copies of others."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

AGENT = Path(__file__).parents[1] / "agent"
WP_CONFIG = Path(__file__).parents[1] / "site" / "wp-config.php"
SECRET, PLAIN = 0o600, 0o644


def write(path: Path, content: bytes, mode: int) -> bool:
    """Write a file in one go unless it has this content already; whether it was written.

    It outlives the end of the process, not of the machine, from where a command starts anew.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    partial = path.with_name(f"{path.name}.new")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    partial.replace(path)
    return True


def copy_wordpress(core: Path, into: Path) -> None:
    """WordPress in a folder of a site's own.

    What a site never changes is linked where core and site are on one file system, else copied; wp-content is copied always.
    """
    link = core.stat().st_dev == into.parent.stat().st_dev
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
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
