"""The handler of the refresher, which looks once a minute at the sites of PROD whose last look is five minutes ago."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runtime.health.certificates import Certificates, certificates_by
from runtime.health.defaults import WATCH_EVERY
from runtime.health.domain import HealthReport
from runtime.health.measures import measure
from runtime.health.rows import SHARDS, due_query, health_key, moved
from runtime.health.service import Known, examine
from runtime.observability import logger
from runtime.ports import Ports, environment_ports
from runtime.sites.domain import SiteStatus
from runtime.sites.rows import site_from, site_key
from runtime.table.port import Conflict, Expectation, Row, Table, key_of
from runtime.table.unit import Unit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

PAGE = 50
"""How many sites of a shard are taken up in a minute: in five, a thousand in all shards."""

AT_ONCE = 10
LOOK_SECONDS = 10.0
"""What has to be left of the function's time for another look to begin."""


def refresh(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 - Lambda's signature
    """Look at the sites that are due."""
    until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - LOOK_SECONDS
    refresh_due(environment_ports(), certificates_by(os.environ["WORDPRESS_GATEWAY"]), until=until)


def refresh_due(ports: Ports, certificates: Certificates, *, until: float) -> int:
    """Look at the sites that are due, longest overdue first, as long as it is before ``until``; how many were looked at.

    ``until`` is in seconds of time.monotonic. A site that is not reached stays due.
    """
    now = ports.now()
    due = [row for shard in range(SHARDS) for row in ports.table.query(due_query(shard, now, limit=PAGE))]
    ports.agent  # noqa: B018 - made here once, and not by several threads at once
    with ThreadPoolExecutor(AT_ONCE) as pool:
        looks = pool.map(
            lambda row: _refreshed(row, ports, certificates) if time.monotonic() < until else None,
            sorted(due, key=lambda row: str(row["GSI1SK"])),
        )
        reports = [report for report in looks if report]
    measure(reports)
    logger.info("refreshed", due=len(due), sites=len(reports))
    return len(reports)


def _refreshed(watch: Row, ports: Ports, certificates: Certificates) -> HealthReport | None:
    """Look at one site, None where there was nothing to look at. What fails with one is no matter of the others."""
    tenant_id, site_id, now = watch["tenantId"], watch["siteId"], ports.now()
    try:
        taken = _taken(ports.table, watch, now)
        if taken is None:
            return None
        row, last = ports.table.get([site_key(tenant_id, site_id), health_key(tenant_id, site_id)])
        site = site_from(row) if row else None
        if site is None or site.status is not SiteStatus.ACTIVE:
            _end(ports.table, taken)
            return None
        return examine(Known(site=site, last=last), ports, certificates, started=time.monotonic(), now=now)
    except Exception:
        logger.exception("A site could not be looked at", tenantId=tenant_id, siteId=site_id)
        return None


def _taken(table: Table, watch: Row, now: datetime) -> Row | None:
    """The watch moved on before the look, so that nobody else looks too; None where somebody else was faster."""
    taken = moved(watch, now + WATCH_EVERY)
    unit = Unit(table)
    unit.put(taken, expect=_as(watch))
    try:
        unit.commit()
    except Conflict:
        return None
    return taken


def _end(table: Table, taken: Row) -> None:
    """End a watch, unless it was begun again while it was found to be over."""
    unit = Unit(table)
    unit.delete(key_of(taken), expect=_as(taken))
    try:
        unit.commit()
    except Conflict:
        logger.info("The site is watched again", siteId=taken["siteId"])


def _as(watch: Row) -> Expectation:
    """That a watch is still due when it was."""
    return {"GSI1SK": watch["GSI1SK"]}
