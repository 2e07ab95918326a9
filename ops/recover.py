"""Putting a site back to one of its backups: asked for here, carried out by the consumers like any other operation."""

from __future__ import annotations

from datetime import datetime

from ops.access import OperatorError
from ops.asking import asked, site_named
from ops.backups import backups_of, table_of
from runtime.operations.domain import Operation
from runtime.ports import EnvironmentPorts
from runtime.sites import staff
from runtime.table.port import Table
from wordpress.maintenance.archive import BACKUP_ID


def recover(table: Table, site_id: str, backup_id: str, *, keeping_present: bool, operator: str) -> Operation:
    """Ask for it; raises OperatorError, and what forbids it in the site or its tenant.

    Whether there is such a backup only the file system knows: without one the operation fails, and the site is as it was.
    """
    if not BACKUP_ID.fullmatch(backup_id):
        raise OperatorError(f"{backup_id!r} is not the id of a backup: ask with --list for those there are.")
    site = site_named(table, site_id)
    return asked(
        table,
        lambda unit, now: staff.recover(
            unit,
            EnvironmentPorts(),
            tenant_id=site.tenant_id,
            site_id=site_id,
            backup_id=backup_id,
            keeping_present=keeping_present,
            operator=operator,
            now=now,
        ),
    )


def listed(table: Table, site_id: str, now: datetime) -> str:
    """The backups that there are of a site, as people read them."""
    backups = backups_of(table, site_named(table, site_id), now)
    return table_of(backups) if backups else f"no operation of the last 30 days backed {site_id} up"
