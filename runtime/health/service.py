"""What the health and status endpoints and the refresher do: look at a site, keep what was seen, and read what is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from runtime.beside import awaited, begun
from runtime.clock import iso
from runtime.health.defaults import ANSWER_SECONDS
from runtime.health.domain import HealthReport, report_of, unseen
from runtime.health.rows import health_key, report_from, report_row
from runtime.observability import logger
from runtime.operations.domain import Operation
from runtime.operations.rows import operation_from, operation_key
from runtime.sites.domain import Site, SiteStatus
from runtime.sites.rows import existing_site, site_key
from runtime.table.port import Conflict, Row, Table
from runtime.table.unit import Unit, attempts
from runtime.tenants.rows import existing_tenant, tenant_key

if TYPE_CHECKING:
    from runtime.health.certificates import Certificates
    from runtime.ports import Ports


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the table knows of a site: the site, its last report as a row, and the operation that is at work on it."""

    site: Site
    last: Row | None
    operation: Operation | None = None

    @property
    def report(self) -> HealthReport | None:
        """The last report, None before the first."""
        return report_from(self.last) if self.last else None


def read(table: Table, tenant_id: str, site_id: str) -> Known:
    """One site with its last report; raises TENANT_NOT_FOUND and SITE_002."""
    tenant_row, row, last = table.get([tenant_key(tenant_id), site_key(tenant_id, site_id), health_key(tenant_id, site_id)])
    existing_tenant(tenant_row)
    return Known(site=existing_site(row), last=last)


def read_status(table: Table, tenant_id: str, site_id: str) -> Known:
    """The same, with the operation that is at work on the site: two reads at most, and no question to WordPress."""
    known = read(table, tenant_id, site_id)
    if known.site.active_operation is None:
        return known
    (row,) = table.get([operation_key(known.site.active_operation)])
    return Known(site=known.site, last=known.last, operation=operation_from(row) if row else None)


def examine(known: Known, ports: Ports, certificates: Certificates, *, started: float, now: datetime) -> HealthReport:
    """Look at a site and keep what was seen, in ANSWER_SECONDS from ``started`` (in seconds of time.monotonic) at most.

    Only an active site is looked at. Nothing that goes wrong is raised: what could not be seen is missing in the report, and
    what could not be kept is logged.
    """
    site = known.site
    if site.status is not SiteStatus.ACTIVE:
        return unseen(f"The site is {site.status}, and only an active one is looked at.", now)
    from runtime.health.probes import look_at  # only here: the status needs neither TLS nor WordPress

    report = report_of(look_at(site, ports, certificates, started=started, now=now), now)
    keeping = begun(lambda: keep(ports.table, known, report, pause=ports.pause))
    awaited(started + ANSWER_SECONDS, keeping)
    if not keeping.done():
        logger.warning("The health of a site could not be kept in time", siteId=site.site_id)
    elif fault := keeping.exception():
        logger.warning("The health of a site could not be kept", siteId=site.site_id, exc_info=fault)
    return report


def keep(table: Table, known: Known, report: HealthReport, *, pause: Callable[[float], None]) -> None:
    """Keep a report, and show its status with the site; a report older than the one that lies there is dropped."""
    site, key = known.site, health_key(known.site.tenant_id, known.site.site_id)
    at_hand = [{key: known.last}]

    def attempt(unit: Unit) -> bool:
        (row,) = unit.get(key)
        if row and row["checkedAt"] > iso(report.checked_at):
            return False
        unit.put(report_row(site.tenant_id, site.site_id, report))
        return True

    is_last = attempts(lambda: Unit(table, known=at_hand.pop() if at_hand else None), attempt, pause=pause)
    if is_last and report.status.value != site.health_status:
        _show(table, site, report)


def _show(table: Table, site: Site, report: HealthReport) -> None:
    """Let the site show its health, unless it has changed since it was read: then the next look does."""
    unit = Unit(table)
    unit.update(site_key(site.tenant_id, site.site_id), {"healthStatus": report.status.value}, expect={"version": site.version})
    try:
        unit.commit()
    except Conflict:
        logger.info("The site has changed while it was looked at", siteId=site.site_id)
