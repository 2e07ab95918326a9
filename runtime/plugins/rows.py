"""How plugins lie in the table: the catalogue's entry, and beside it what the directory said last."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.clock import iso, parse_iso
from runtime.plugins.domain import CataloguedPlugin, Category, Fetched, Listing, Pricing, Severity, Vulnerability
from runtime.table.port import BOTTOM, TOP, Index, Key, Query, Row

PREFIX = "PLUGIN#"
CATALOGUE = "PLUGINS"
KEPT = timedelta(days=30)
"""How long what the directory said is kept to be given stale, should the directory be down."""

_LISTED = {
    "name": "name",
    "pluginVersion": "version",
    "rating": "rating",
    "ratings": "ratings",
    "activeInstalls": "active_installs",
    "requires": "requires",
    "requiresPhp": "requires_php",
    "tested": "tested",
    "homepage": "homepage",
}
"""The attributes of the directory's row that are fields of a listing as they are."""


def plugin_key(plugin_id: str) -> Key:
    """The key of the catalogue's entry."""
    return Key(f"{PREFIX}{plugin_id}", "PLUGIN")


def directory_key(plugin_id: str) -> Key:
    """The key of what the directory said."""
    return Key(f"{PREFIX}{plugin_id}", "DIRECTORY")


def catalogued_row(plugin: CataloguedPlugin) -> Row:
    """Write an entry of the catalogue."""
    row: Row = {
        **plugin_key(plugin.plugin_id).as_row(),
        "GSI2PK": CATALOGUE,
        "GSI2SK": plugin.plugin_id,
        "entityType": "PLUGIN",
        "pluginId": plugin.plugin_id,
        "category": plugin.category.value,
        "pricing": plugin.pricing.value,
        "isBlocklisted": plugin.is_blocklisted,
        "vulnerabilities": [vulnerability_row(each) for each in plugin.vulnerabilities],
        "version": plugin.version,
    }
    optional = {"blocklistReason": plugin.blocklist_reason, "minWordPressVersion": plugin.min_wordpress_version}
    return row | {name: value for name, value in optional.items() if value is not None}


def catalogued_from(row: Row) -> CataloguedPlugin:
    """Read an entry of the catalogue."""
    return CataloguedPlugin(
        plugin_id=row["pluginId"],
        category=Category(row["category"]),
        pricing=Pricing(row["pricing"]),
        min_wordpress_version=row.get("minWordPressVersion"),
        is_blocklisted=row["isBlocklisted"],
        blocklist_reason=row.get("blocklistReason"),
        vulnerabilities=tuple(vulnerability_from(each) for each in row["vulnerabilities"]),
        version=row["version"],
    )


def vulnerability_row(vulnerability: Vulnerability) -> Row:
    """Write a vulnerability, with the names of documents."""
    row = {"id": vulnerability.vulnerability_id, "title": vulnerability.title, "severity": vulnerability.severity.value}
    optional = {"affectedFrom": vulnerability.affected_from, "fixedIn": vulnerability.fixed_in}
    return row | {name: value for name, value in optional.items() if value is not None}


def vulnerability_from(row: Row) -> Vulnerability:
    """Read a vulnerability."""
    return Vulnerability(
        vulnerability_id=row["id"],
        title=row["title"],
        severity=Severity(row["severity"]),
        affected_from=row.get("affectedFrom"),
        fixed_in=row.get("fixedIn"),
    )


def fetched_row(plugin_id: str, listing: Listing | None, at: datetime, *, after: int) -> Row:
    """Write what the directory said, in place of the row with the version ``after``.

    The version is the second of the answer: it rises also where the row before has expired, so that no entity tag comes twice.
    """
    row: Row = {
        **directory_key(plugin_id).as_row(),
        "entityType": "DIRECTORY",
        "fetchedAt": iso(at),
        "listed": listing is not None,
        "ttl": int((at + KEPT).timestamp()),
        "version": max(int(at.timestamp()), after + 1),
    }
    if listing is None:
        return row
    told = {name: getattr(listing, field) for name, field in _LISTED.items()}
    told["lastUpdated"] = listing.last_updated and iso(listing.last_updated)
    return row | {name: value for name, value in told.items() if value is not None} | {"sections": dict(listing.sections)}


def fetched_from(row: Row) -> Fetched:
    """Read what the directory said."""
    listing = None
    if row["listed"]:
        updated = row.get("lastUpdated")
        listing = Listing(
            **{field: row[name] for name, field in _LISTED.items() if name in row},
            last_updated=parse_iso(updated) if updated else None,
            sections=row["sections"],
        )
    return Fetched(at=parse_iso(row["fetchedAt"]), listing=listing, version=row["version"])


def catalogue_query(*, limit: int, after: str | None = None) -> Query:
    """The query of the whole catalogue, by slug."""
    return Query(partition=CATALOGUE, low=BOTTOM, high=TOP, limit=limit, after=after, index=Index.GSI2, descending=False)
