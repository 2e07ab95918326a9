"""Backups as files: a dump and an archive, a manifest with what they must hash to, and the proof that they can be read."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Any

from wordpress.maintenance.files import SECRET
from wordpress.maintenance.outcomes import Refused

BACKUP_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
DUMP, FILES, MANIFEST = "database.sql.gz", "files.tar.gz", "manifest.json"
PARTIAL = ".partial"
DUMP_END = b"-- Dump completed"
KEPT = timedelta(days=30)
FAST = 1
CHUNK = 1 << 20


class Damaged(Exception):
    """A backup is not what was written; the message says in which part."""


@dataclass(frozen=True)
class Archive:
    """One backup of one site, by its folder."""

    folder: Path

    @property
    def dump(self) -> Path:
        """The database, as SQL."""
        return self.folder / DUMP

    @property
    def files(self) -> Path:
        """The site's public folder."""
        return self.folder / FILES

    @property
    def partial(self) -> Archive:
        """The same backup while it is written."""
        return Archive(self.folder.with_name(f".{self.folder.name}{PARTIAL}"))

    def seal(self, now: datetime, **about: str) -> None:
        """Write the manifest of what is there."""
        parts = {path.name: {"sha256": _digest(path), "bytes": path.stat().st_size} for path in (self.dump, self.files)}
        manifest = {**about, "createdAt": now.astimezone(timezone.utc).isoformat(timespec="seconds"), "parts": parts}
        with _private(self.folder / MANIFEST) as file:
            file.write(json.dumps(manifest, indent=2).encode())

    def check(self) -> None:
        """Read all of it back; raises Damaged when anything is not as it was written."""
        manifest = self._manifest()
        for path in (self.dump, self.files):
            if not path.is_file() or _digest(path) != manifest["parts"][path.name]["sha256"]:
                raise Damaged(path.name)
        try:
            complete = DUMP_END in _tail(self.dump)
            with tarfile.open(self.files) as archive:
                names = {entry.name for entry in archive}
        except (OSError, EOFError, zlib.error, tarfile.TarError) as fault:
            raise Damaged("unreadable") from fault
        if not complete or "public/wp-settings.php" not in names:
            raise Damaged("incomplete")

    def _manifest(self) -> dict[str, Any]:
        try:
            manifest: dict[str, Any] = json.loads((self.folder / MANIFEST).read_bytes())
        except (OSError, ValueError) as fault:
            raise Damaged(MANIFEST) from fault
        return manifest

    def is_older_than(self, moment: datetime) -> bool:
        """Whether it was made before a moment; one that does not say when was made long ago."""
        try:
            return datetime.fromisoformat(self._manifest()["createdAt"]) < moment
        except (Damaged, KeyError, ValueError):
            return True


def archive_named(backups: Path, site_id: str, backup_id: str) -> Archive:
    """A backup of a site, which may not be there; raises Refused for what is no backup's id."""
    if not BACKUP_ID.fullmatch(backup_id):
        raise Refused("This is not the id of a backup.")
    return Archive(backups / site_id / backup_id)


@contextmanager
def compressed(path: Path) -> Iterator[gzip.GzipFile]:
    """Where to write what is kept compressed in a new file."""
    with _private(path) as file, gzip.GzipFile(fileobj=file, mode="wb", compresslevel=FAST) as writer:
        yield writer


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A new file that nobody else may read, on disk when this ends: what a backup is for may be the end of a machine."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def clear_partials(backups: Path, site_id: str) -> None:
    """Remove what killed commands left of a site's backups. Nobody else writes one: only one command works on a site."""
    for folder in (backups / site_id).glob(f".*{PARTIAL}"):
        shutil.rmtree(folder, ignore_errors=True)


def prune(backups: Path, now: datetime) -> None:
    """Remove every site's backups that are too old."""
    for folder in backups.glob("*/*"):
        if folder.is_dir() and not folder.name.startswith(".") and Archive(folder).is_older_than(now - KEPT):
            shutil.rmtree(folder, ignore_errors=True)
    for site in backups.iterdir():
        if site.is_dir() and not any(site.iterdir()):
            site.rmdir()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tail(path: Path) -> bytes:
    """The end of a compressed file, all of which is read."""
    tail = b""
    with gzip.open(path) as file:
        while chunk := file.read(CHUNK):
            tail = (tail + chunk)[-256:]
    return tail
