"""The packages in the directory's folder, and what the plugins in them say of themselves."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

HEADER_BYTES = 8192
FILE_NAME = re.compile(r"[A-Za-z0-9._-]+\.zip")
SECTION = re.compile(r"^==(?!=)\s*(.+?)\s*==\s*$", re.MULTILINE)
TOKEN = re.compile(r"\d+|[a-z]+")
STAGES = ("dev", "alpha", "beta", "rc", "", "pl")
"""What letters in a version mean, from the least to the most; the empty one is a number's place."""


@dataclass(frozen=True)
class Package:
    """One version of a plugin: its slug, its main file inside the plugins' folder, its headers, and its readme's."""

    path: Path
    slug: str
    main: str
    headers: dict[str, str]
    readme: dict[str, str]
    sections: dict[str, str]

    @property
    def version(self) -> str:
        """The version that the main file names."""
        return self.headers.get("version", "")

    def says(self, name: str) -> str:
        """A header's value, such as of ``requires php``; the main file's before the readme's, empty when neither has it."""
        return self.headers.get(name) or self.readme.get(name, "")


class Packages:
    """A folder of packages, looked at anew with every question: a zip that was copied into it counts at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> dict[str, list[Package]]:
        """Every plugin's versions by its slug, the latest first."""
        found: dict[str, list[Package]] = {}
        for path in sorted(self._folder.glob("*.zip")):
            package = _known(path)
            if package:
                found.setdefault(package.slug, []).append(package)
        return {slug: sorted(versions, key=lambda each: rank(each.version), reverse=True) for slug, versions in found.items()}

    def file(self, name: str) -> Path | None:
        """The file to send for ``slug.version.zip`` or ``slug.zip``: by what is in it, else whatever has that very name."""
        for slug, versions in self.all().items():
            for package in versions:
                if name in (f"{slug}.zip", f"{slug}.{package.version}.zip"):
                    return package.path
        path = self._folder / name
        return path if FILE_NAME.fullmatch(name) and path.is_file() else None


def rank(version: str) -> tuple[tuple[int, int], ...]:
    """What versions are compared by, as PHP's version_compare does: 1.0-beta, 1.0, 1.0.1, 1.10."""
    number = STAGES.index("")
    tokens = TOKEN.findall(version.lower())
    return (*((number, int(token)) if token.isdigit() else (_stage(token), 0) for token in tokens), (number, -1))


def _stage(token: str) -> int:
    return next((place for place, stage in enumerate(STAGES) if stage and stage.startswith(token)), -1)


def headers_in(text: str) -> dict[str, str]:
    """The headers of a main file or a readme, by their names in lower case."""
    lines = re.findall(r"^(?:[ \t]*<\?php)?[ \t/*#@]*([A-Za-z][A-Za-z ]*):(.*)$", text, re.MULTILINE)
    return {name.strip().lower(): re.sub(r"\s*(?:\*/|\?>).*", "", value).strip() for name, value in reversed(lines)}


def _known(path: Path) -> Package | None:
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1024)
def _read(path: Path, _modified: int, _size: int) -> Package | None:
    """A package; None for what is none, such as a file that is still being copied."""
    try:
        with zipfile.ZipFile(path) as archive:
            return next(_plugins_in(archive, path), None)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError):
        return None


def _plugins_in(archive: zipfile.ZipFile, path: Path) -> Iterator[Package]:
    names = [PurePosixPath(name) for name in archive.namelist()]
    for name in (name for name in names if len(name.parts) == 2 and name.suffix == ".php"):
        headers = headers_in(_start(archive, name))
        if "plugin name" in headers:
            slug = name.parts[0]
            manual = PurePosixPath(slug, "readme.txt")
            text = archive.read(str(manual)).decode(errors="replace") if manual in names else ""
            readme = headers_in(text.partition("\n==")[0])
            yield Package(path, slug, str(name), headers, readme, _sections(text))


def _start(archive: zipfile.ZipFile, name: PurePosixPath) -> str:
    with archive.open(str(name)) as file:
        return file.read(HEADER_BYTES).decode(errors="replace")


def _sections(text: str) -> dict[str, str]:
    _, *parts = SECTION.split(text)
    return {title.lower(): body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}
