"""The directory of plugins as services see it: what WordPress.org says of a plugin, asked of an API that may be down."""

from __future__ import annotations

from typing import Protocol

from runtime.plugins.domain import Listing


class DirectoryDown(Exception):
    """The directory did not answer, or nothing that can be understood."""


class Directory(Protocol):
    """The WordPress.org plugin directory. A call ends within 3 seconds, whatever the directory does."""

    def listing(self, plugin_id: str) -> Listing | None:
        """What is listed under a slug, None where nothing is; raises DirectoryDown."""
        ...
