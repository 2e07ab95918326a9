"""How health lies in the table: a site's last report, and for sites of PROD the watch by which the refresher finds them.

They are two rows, so that a site can be watched anew without its last report being read, and so that keeping a report and
moving a watch on never meet.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zlib import crc32

from runtime.clock import iso, parse_iso
from runtime.health.defaults import CheckName
from runtime.health.domain import Check, CheckStatus, HealthReport, HealthStatus
from runtime.sites.domain import Environment, Site
from runtime.table.port import BOTTOM, Index, Key, Query, Row, end_of

SHARDS = 4
"""The refresher's partitions: one partition takes 1,000 writes a second."""


def health_key(tenant_id: str, site_id: str) -> Key:
    """The key of a site's last report."""
    return Key(f"TENANT#{tenant_id}", f"HEALTH#{site_id}")


def watch_key(site_id: str) -> Key:
    """The key of a site's watch."""
    return Key(f"SITE#{site_id}", "WATCH")


def due_row(site: Site, now: datetime) -> Row | None:
    """The row that begins the watch of a site at once, or begins it again; None outside PROD, where no site is watched.

    It holds nothing that a watch could lose, and is to be put whatever lies there. The watch ends by itself when the refresher
    finds the site gone or not active.
    """
    if site.environment is not Environment.PROD:
        return None
    watch: Row = {
        **watch_key(site.site_id).as_row(),
        "entityType": "HEALTH_WATCH",
        "tenantId": site.tenant_id,
        "siteId": site.site_id,
        "GSI1PK": due_partition(crc32(site.site_id.encode()) % SHARDS),
    }
    return moved(watch, now)


def moved(watch: Row, due: datetime) -> Row:
    """The watch that is due at another moment."""
    return {**watch, "GSI1SK": f"{iso(due)}#{watch['siteId']}"}


def due_partition(shard: int) -> str:
    """The partition in which a shard's watches lie."""
    return f"HEALTH#DUE#{shard}"


def due_query(shard: int, now: datetime, *, limit: int) -> Query:
    """The query of the watches of a shard that are due, longest overdue first."""
    high = end_of(iso(now))
    return Query(partition=due_partition(shard), low=BOTTOM, high=high, limit=limit, index=Index.GSI1, descending=False)


def report_row(tenant_id: str, site_id: str, report: HealthReport) -> Row:
    """Write a report."""
    return {
        **health_key(tenant_id, site_id).as_row(),
        "entityType": "HEALTH",
        "tenantId": tenant_id,
        "siteId": site_id,
        "status": report.status.value,
        "score": report.score,
        "checkedAt": iso(report.checked_at),
        "checks": [_check_row(check) for check in report.checks],
    }


def report_from(row: Row) -> HealthReport:
    """Read a report."""
    return HealthReport(
        status=HealthStatus(row["status"]),
        score=row["score"],
        checked_at=parse_iso(row["checkedAt"]),
        checks=tuple(_check_from(check) for check in row["checks"]),
    )


def _check_row(check: Check) -> dict[str, Any]:
    """The table stores no fractions, so a measured value lies there as JSON."""
    return {
        "name": check.name.value,
        "status": check.status.value,
        "detail": check.detail,
        "threshold": json.dumps(check.threshold),
        "applies": check.applies,
        **({} if check.value is None else {"value": json.dumps(check.value)}),
    }


def _check_from(row: dict[str, Any]) -> Check:
    return Check(
        name=CheckName(row["name"]),
        status=CheckStatus(row["status"]),
        detail=row["detail"],
        threshold=json.loads(row["threshold"]),
        value=json.loads(row["value"]) if "value" in row else None,
        applies=row["applies"],
    )
