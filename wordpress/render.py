"""Fills in the configuration's templates: the image and the bed run the same files, each in its own folders."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).parent / "config"
PLACEHOLDER = re.compile(r"@([A-Z_]+)@")


def render(values: Mapping[str, str], into: Path) -> None:
    """Write every template, filled in, into a folder, whose path is CONFIG.

    Raises ValueError when a template names what has no value, or a value is used by no template.
    """
    known = {**values, "CONFIG": str(into)}
    texts = {template.name: template.read_text() for template in sorted(TEMPLATES.iterdir())}
    named = set(PLACEHOLDER.findall("".join(texts.values())))
    if named != known.keys():
        raise ValueError(f"The templates want a value for {sorted(named)}, and were given {sorted(known)}.")
    into.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (into / name).write_text(PLACEHOLDER.sub(lambda found: known[found[1]], text))


def main() -> int:
    """Render from the command line: ``render.py FOLDER NAME=VALUE...``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("into", type=Path)
    parser.add_argument("values", nargs="*", metavar="NAME=VALUE")
    arguments = parser.parse_args()
    render(dict(value.split("=", 1) for value in arguments.values), arguments.into)
    return 0


if __name__ == "__main__":
    sys.exit(main())
