"""The plugin directory in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from runtime.plugins.domain import Listing
from runtime.plugins.port import DirectoryDown

AKISMET = Listing(
    name="Akismet Anti-spam",
    version="5.7.2",
    rating=94,
    ratings=1142,
    active_installs=6_000_000,
    requires="5.8",
    requires_php="7.2",
    tested="7.1.1",
    last_updated=datetime(2026, 11, 2, 15, 5, tzinfo=timezone.utc),
    homepage="https://akismet.com/",
    sections={"description": "Checks comments for spam.", "changelog": "5.7.2\n\n- Better."},
)


@dataclass
class FakeDirectory:
    """Lists Akismet at first; ``down`` while it is set answers nothing. ``calls`` counts what was asked for."""

    listings: dict[str, Listing] = field(default_factory=lambda: {"akismet": AKISMET})
    down: bool = False
    calls: Counter[str] = field(default_factory=Counter)

    def listing(self, plugin_id: str) -> Listing | None:
        self.calls[plugin_id] += 1
        if self.down:
            raise DirectoryDown("It is down.")
        return self.listings.get(plugin_id)

    def release(self, plugin_id: str, version: str) -> None:
        """Let a plugin that is listed have a newer version."""
        self.listings[plugin_id] = replace(self.listings[plugin_id], version=version)
