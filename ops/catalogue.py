"""The catalogue of plugins as operators curate it: what it begins with, and every change by hand.

Every change is made of the entry as it is at that moment, so that two operators at once lose nothing of each other's.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from runtime.plugins.domain import CataloguedPlugin, Vulnerability
from runtime.plugins.rows import catalogue_query, catalogued_from, catalogued_row, plugin_key
from runtime.table.port import Conflict, Table
from runtime.table.unit import Unit, attempts

FILE = Path(__file__).with_name("catalogue.json")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
PAGE = 100

Change = Callable[[CataloguedPlugin], CataloguedPlugin]


class CatalogueError(Exception):
    """What an operator asked for cannot be done; the message says what to mend."""


def beginnings() -> list[CataloguedPlugin]:
    """The entries that a new stage begins with, as ``catalogue.json`` has them."""
    entries = json.loads(FILE.read_text(encoding="utf-8"))
    return [catalogued_from({"isBlocklisted": False, "vulnerabilities": [], "version": 1, **entry}) for entry in entries]


def seed(table: Table) -> int:
    """Write the entries that are missing, and none that is there: what operators decided since is theirs. How many it wrote."""
    plugins = beginnings()
    rows = table.get([plugin_key(plugin.plugin_id) for plugin in plugins])
    return sum(_put_once(table, plugin) for plugin, row in zip(plugins, rows, strict=True) if row is None)


def change(table: Table, plugin_id: str, changed: Change) -> CataloguedPlugin:
    """Change an entry, or make it first where there is none: what nobody offers can still be blocked or warned of."""
    if not SLUG.fullmatch(plugin_id):
        raise CatalogueError(f"{plugin_id!r} is no slug of WordPress.org: lower-case letters, digits and hyphens.")

    def attempt(unit: Unit) -> CataloguedPlugin:
        (row,) = unit.get(plugin_key(plugin_id))
        plugin = changed(catalogued_from(row) if row else CataloguedPlugin(plugin_id=plugin_id))
        unit.put(catalogued_row(plugin))
        return plugin

    return attempts(lambda: Unit(table), attempt, pause=time.sleep)


def fixed(plugin: CataloguedPlugin, vulnerability_id: str, version: str) -> CataloguedPlugin:
    """The entry once a vulnerability is fixed in a version."""
    for known in plugin.vulnerabilities:
        if known.vulnerability_id == vulnerability_id:
            return plugin.warned_of(replace(known, fixed_in=version))
    raise CatalogueError(f"No vulnerability {vulnerability_id} of {plugin.plugin_id} is known: add it with `vulnerable`.")


def read(table: Table, plugin_id: str | None = None) -> list[CataloguedPlugin]:
    """The whole catalogue by slug, or the one entry; CatalogueError where there is none."""
    if plugin_id is not None:
        (row,) = table.get([plugin_key(plugin_id)])
        if row is None:
            raise CatalogueError(f"{plugin_id} is not in the catalogue.")
        return [catalogued_from(row)]
    found: list[CataloguedPlugin] = []
    while page := table.query(catalogue_query(limit=PAGE, after=found[-1].plugin_id if found else None)):
        found += [catalogued_from(row) for row in page]
    return found


def table_of(plugins: Sequence[CataloguedPlugin]) -> str:
    """The entries as people read them."""
    lines = [("PLUGIN", "CATEGORY", "PRICING", "BLOCKED", "NOTES")]
    for each in plugins:
        notes = [each.blocklist_reason, *map(_told, each.vulnerabilities)]
        told = " ".join(note for note in notes if note) or "-"
        lines.append((each.plugin_id, each.category.value, each.pricing.value, "yes" if each.is_blocklisted else "-", told))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]) for line in lines
    )


def _told(vulnerability: Vulnerability) -> str:
    until = f"before {vulnerability.fixed_in}" if vulnerability.fixed_in else "not fixed"
    since = f"from {vulnerability.affected_from}, " if vulnerability.affected_from else ""
    return f"{vulnerability.vulnerability_id} {vulnerability.severity} ({since}{until})."


def _put_once(table: Table, plugin: CataloguedPlugin) -> bool:
    unit = Unit(table)
    unit.put(catalogued_row(plugin))
    try:
        unit.commit()
    except Conflict:
        return False
    return True
