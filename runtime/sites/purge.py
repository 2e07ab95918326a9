"""The end of softly deleted sites: once their 30 days are over, the sweeper asks for their deletion for good."""

from __future__ import annotations

from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.observability import logger
from runtime.operations.ledger import write_accepted
from runtime.ports import Ports
from runtime.sites.accepting import Caller
from runtime.sites.domain import SiteStatus
from runtime.sites.rows import PURGE_AGAIN, purge_key, purge_query, purge_row, site_from, site_key, site_row
from runtime.sites.service import deletion_of
from runtime.table.port import Conflict, Row
from runtime.table.unit import Unit

PAGE = 20
SYSTEM = Principal(sub="system", email="")
"""Who asks, where nobody does."""


def purge_due(ports: Ports) -> int:
    """Ask for the purges that are due; how many."""
    return sum(_purge(row, ports) for row in ports.table.query(purge_query(ports.now(), limit=PAGE)))


def _purge(due: Row, ports: Ports) -> bool:
    """Ask for one, if the site is still what was to be purged: it may have been restored or deleted since."""
    tenant_id, site_id, now = due["tenantId"], due["siteId"], ports.now()
    unit = Unit(ports.table)
    row, purge = unit.get(site_key(tenant_id, site_id), purge_key(site_id))
    if row is None or purge is None:
        return False
    site = site_from(row)
    overdue = site.restorable_until is not None and site.restorable_until <= now
    if site.status is not SiteStatus.DEPROVISIONING or not overdue or site.active_operation:
        return False
    caller = Caller(principal=SYSTEM, correlation_id=f"purge-{site_id}")
    operation = deletion_of(ports, site, hard=True, caller=caller, now=now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    unit.put(purge_row(site, now + PURGE_AGAIN))
    write_accepted(unit, operation, now)
    try:
        unit.commit()
    except (Conflict, BusinessException) as refusal:
        logger.warning("The purge waits for the next sweep", siteId=site_id, reason=str(refusal))
        return False
    return True
