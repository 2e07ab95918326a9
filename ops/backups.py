"""The backups of a site, as past operations tell: the table knows that one was made, the file system whether it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.columns import in_columns
from runtime.clock import iso
from runtime.operations.domain import OTHER_SITE, Operation, OperationType, StepStatus
from runtime.operations.service import read_page
from runtime.sites.domain import Site
from runtime.table.port import Table
from wordpress.maintenance.archive import KEPT

PAGE = 100
BACKING_UP = {
    OperationType.SITE_DELETION: "a deletion",
    OperationType.PLUGIN_UPDATE: "an update of a plugin",
    OperationType.SITE_RESTORE: "a restore",
    OperationType.SITE_PROMOTION: "a promotion to it",
}


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup that was made; ``before`` says what was about to be done to the site."""

    backup_id: str
    made_at: datetime
    before: str


def backups_of(table: Table, site: Site, now: datetime) -> list[Backup]:
    """The backups of a site that are kept still, newest first."""
    found = [backup for operation in _operations(table, site) for backup in _made_by(operation, site)]
    return sorted((backup for backup in found if now - backup.made_at < KEPT), key=lambda backup: backup.made_at, reverse=True)


def table_of(backups: Sequence[Backup]) -> str:
    """The backups as people read them."""
    lines = [(each.backup_id, iso(each.made_at), iso(each.made_at + KEPT), each.before) for each in backups]
    return in_columns([("BACKUP", "MADE", "KEPT UNTIL", "BEFORE"), *lines])


def _operations(table: Table, site: Site) -> Iterator[Operation]:
    """The operations that may have backed the site up: its own, and the promotions to it, which are its source's."""
    lists = [{"siteId": site.site_id}]
    if site.promoted_from:
        lists.append({"siteId": site.promoted_from, "operationType": OperationType.SITE_PROMOTION.value})
    for filters in lists:
        after: str | None = None
        while True:
            page, after = read_page(table, [site.tenant_id], filters=filters, size=PAGE, after=after)
            yield from page
            if after is None:
                break


def _made_by(operation: Operation, site: Site) -> Iterator[Backup]:
    """What an operation backed up of the site."""
    backed_up = operation.input.get(OTHER_SITE, operation.site_id)
    if operation.operation_type not in BACKING_UP or backed_up != site.site_id or _made_the_site(operation, site):
        return
    deletion = operation.operation_type is OperationType.SITE_DELETION
    for step in operation.steps:
        if step.name == "backup" and step.status is StepStatus.COMPLETED and step.ended_at:
            yield Backup(
                backup_id=operation.operation_id if deletion else operation.attempt_id,
                made_at=step.ended_at,
                before=BACKING_UP[operation.operation_type],
            )


def _made_the_site(operation: Operation, site: Site) -> bool:
    """Whether it is the promotion that made the site, which found nothing to back up."""
    return operation.operation_type is OperationType.SITE_PROMOTION and operation.created_at == site.created_at
