"""``python -m local.directory --port P --packages FOLDER`` serves the plugin packages of a folder as WordPress.org does."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from local.directory.server import serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.directory", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--packages", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        serve(arguments.port, arguments.packages)


if __name__ == "__main__":
    main()
