"""Writes docs/permissions.md from the synthesised stacks, or says with ``--check`` whether it is what they say."""

from __future__ import annotations

import argparse
import sys

from ops.permissions.assembly import ROOT, synthesise_all
from ops.permissions.document import document

DOCUMENT = ROOT / "docs" / "permissions.md"
STAGE = "prod"
"""The stage that the page is of."""


def main() -> int:
    """Write or check the page; 1 when it is stale."""
    parser = argparse.ArgumentParser(prog="python -m ops.permissions", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, and fail when the page is stale")
    checks = parser.parse_args().check
    text = document(synthesise_all(), stage=STAGE)
    if not checks:
        DOCUMENT.write_text(text)
        return 0
    if not DOCUMENT.exists() or DOCUMENT.read_text() != text:
        sys.stderr.write("docs/permissions.md is not what the stacks say: run make permissions, and read what it changes.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
