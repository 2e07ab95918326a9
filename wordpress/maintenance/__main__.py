"""Runs the maintenance command: ``python -m wordpress.maintenance COMMAND --site-id site-... [--name value ...]``."""

from __future__ import annotations

import os
import sys

from wordpress.maintenance.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
