"""Which of a site's plugins the catalogue warns of."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.plugins.rows import catalogued_from, plugin_key
from runtime.table.port import Table
from runtime.wordpress.port import InstalledPlugin


def endangered(table: Table, plugins: Sequence[InstalledPlugin]) -> list[str]:
    """Those that are blocklisted, or have known vulnerabilities at their version; one read for up to a hundred of them."""
    rows = table.get([plugin_key(plugin.plugin_id) for plugin in plugins]) if plugins else []
    known = [(plugin, catalogued_from(row)) for plugin, row in zip(plugins, rows, strict=True) if row]
    return [plugin.plugin_id for plugin, catalogued in known if catalogued.refusal(plugin.version)]
