"""``python -m local.directory.pack`` packs a plugin as another version of itself, which may be broken on purpose.

It is how a person, or a test, makes an update of a plugin to try: put the package into the directory's folder.
"""

from __future__ import annotations

import argparse
import re
import zipfile
from enum import StrEnum
from pathlib import Path

from local.directory.packages import headers_in

VERSION = re.compile(r"^([ \t/*#@]*(?:Version|Stable tag):[ \t]*)\S+", re.MULTILINE)
MISHAP = "bbws-mishap.php"


class Mishap(StrEnum):
    """How a package is broken: FATAL throws wherever it is loaded, HOME only on the home page."""

    FATAL = "fatal"
    HOME = "home"


SOURCES = {
    Mishap.FATAL: r"throw new \Error('Broken on purpose.');",
    Mishap.HOME: r"\add_action('template_redirect', static function () { "
    r"if (\is_front_page()) { throw new \Error('Broken on purpose.'); } });",
}


def pack(plugin: Path, slug: str, version: str, into: Path, mishap: Mishap | None = None) -> Path:
    """Pack a plugin's folder, or the one file that it is, as a version; gives the package. Raises ValueError for no plugin."""
    root = plugin if plugin.is_dir() else plugin.parent
    files = sorted(path for path in plugin.rglob("*") if path.is_file()) if plugin.is_dir() else [plugin]
    contents = {str(path.relative_to(root)): path.read_bytes() for path in files}
    main = next((name for name, content in contents.items() if _is_main(name, content)), None)
    if main is None:
        raise ValueError(f"{plugin} is no plugin: none of its files has a Plugin Name.")
    for name in (main, "readme.txt"):
        if name in contents:
            contents[name] = VERSION.sub(rf"\g<1>{version}", contents[name].decode(), count=1).encode()
    if mishap:
        contents[MISHAP] = f"<?php\n{SOURCES[mishap]}\n".encode()
        contents[main] += _loading(contents[main])
    package = into / f"{slug}.{version}.zip"
    fresh = package.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{slug}/{name}", content)
    return fresh.replace(package)


def _is_main(name: str, content: bytes) -> bool:
    return "/" not in name and name.endswith(".php") and "plugin name" in headers_in(content.decode(errors="replace"))


def _loading(main: bytes) -> bytes:
    begin = "<?php " if main.rstrip().endswith(b"?>") else "\n"
    return f"{begin}require __DIR__ . '/{MISHAP}';\n".encode()


def main() -> None:
    """Read the command line and pack; prints the package's path."""
    parser = argparse.ArgumentParser(prog="python -m local.directory.pack", description=__doc__)
    parser.add_argument("--from", dest="plugin", type=Path, required=True, help="the plugin's folder, or its one file")
    parser.add_argument("--slug", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--to", dest="into", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--break", dest="mishap", type=Mishap, choices=tuple(Mishap), default=None)
    arguments = parser.parse_args()
    print(pack(arguments.plugin, arguments.slug, arguments.version, arguments.into, arguments.mishap))  # noqa: T201


if __name__ == "__main__":
    main()
