"""Prints the API's description, so that a client can be made without the API running: ``python -m runtime.openapi``."""

from __future__ import annotations

import json
import sys

from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.openapi import describe


def text() -> str:
    """The description as JSON that is the same for the same routes."""
    return json.dumps(describe(ROUTES), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
