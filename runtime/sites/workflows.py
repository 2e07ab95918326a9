"""The kinds of operation on sites: the steps of each, and what its beginning and end make of the site."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from runtime.clock import instant
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.operations.domain import Operation, OperationStatus, OperationType
from runtime.operations.workflow import StepFunction, Workflow
from runtime.sites import steps
from runtime.sites.domain import RESTORABLE, Site, SiteStatus
from runtime.sites.rows import purge_key, purge_row, quota_key, site_from, site_key, site_row, subdomain_key
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant


@dataclass(frozen=True)
class SiteWorkflow(ABC):
    """What the kinds have in common: the site is locked by its operation until that ends."""

    steps: Mapping[str, StepFunction]
    reopens_from: tuple[SiteStatus, ...]

    def reopen_refusal(
        self,
        site: Site,
        tenant: Tenant,
        now: datetime,  # noqa: ARG002 - for a restore, time matters
    ) -> BusinessException | None:
        """A failed operation can be tried again while the site is still as it left it."""
        return site.refusal(tenant, *self.reopens_from)

    def reopened(self, site: Site, operation: Operation, now: datetime) -> Site:
        """The site keeps its status until the operation ends."""
        return site.with_operation(operation.operation_id, now)

    def settle(self, unit: Unit, operation: Operation, now: datetime) -> None:
        """Let go of the site and write what the end of the operation makes of it."""
        (row,) = unit.get(site_key(operation.tenant_id, operation.site_id))
        site = site_from(row) if row else None
        if site and site.active_operation == operation.operation_id:
            settled = self.settled(site, operation, now)
            unit.put(site_row(settled))
            _write_beside(unit, site, settled)

    @abstractmethod
    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """The site after the operation has ended."""


class SiteCreation(SiteWorkflow):
    """``PROVISIONING → ACTIVE | FAILED``."""

    def reopened(self, site: Site, operation: Operation, now: datetime) -> Site:
        """The site is being made again."""
        return site.with_operation(operation.operation_id, now, status=SiteStatus.PROVISIONING)

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """A site that was not made is FAILED, whether that was called off or given up."""
        if operation.status is not OperationStatus.COMPLETED:
            return site.without_operation(now, status=SiteStatus.FAILED)
        return site.without_operation(now, status=SiteStatus.ACTIVE, **_versions(operation))


class SiteUpdate(SiteWorkflow):
    """The site's name, and ``ACTIVE ↔ SUSPENDED``."""

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """The site with what was asked for, once it is so."""
        if operation.status is not OperationStatus.COMPLETED:
            return site.without_operation(now)
        name, status = operation.input.get("siteName", site.site_name), operation.input.get("status", site.status)
        return site.without_operation(now, site_name=name, status=SiteStatus(status))


class SiteDeletion(SiteWorkflow):
    """``→ DEPROVISIONING``, and ``→ DELETED`` when it is hard. Only then subdomain and quota are free."""

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """A deletion that was called off before anything began never was.

        One that failed leaves the site to be deleted again, or restored, also when another attempt is called off.
        """
        before = SiteStatus(operation.input["statusBefore"])
        never_began = operation.started_at is None and before is not SiteStatus.DEPROVISIONING
        if operation.status is OperationStatus.CANCELLED and never_began:
            return site.without_operation(now, status=before, status_before=None)
        if operation.status is not OperationStatus.COMPLETED:
            return site.without_operation(now)
        if operation.input["hard"]:
            return site.without_operation(now, status=SiteStatus.DELETED, restorable_until=None)
        return site.without_operation(now, restorable_until=instant(now) + RESTORABLE)


class SiteRestore(SiteWorkflow):
    """``DEPROVISIONING →`` what the site was before its deletion."""

    def reopen_refusal(self, site: Site, tenant: Tenant, now: datetime) -> BusinessException | None:
        """A restore can be tried again as long as it can be asked for."""
        return site.restore_refusal(tenant, now)

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """A restore that failed leaves the site where it was, to be restored again."""
        if operation.status is not OperationStatus.COMPLETED:
            return site.without_operation(now)
        before = SiteStatus(operation.input["status"])
        return site.without_operation(now, status=before, status_before=None, restorable_until=None, **_versions(operation))


def _versions(operation: Operation) -> dict[str, str]:
    found = operation.output
    return {"wordpress_version": found["wordpressVersion"], "php_version": found["phpVersion"]}


def _write_beside(unit: Unit, before: Site, after: Site) -> None:
    """Free what a deleted site held, and let the sweeper find a site's data as long as it waits to be purged."""
    if after.status is SiteStatus.DELETED:
        unit.delete(subdomain_key(after.environment, after.subdomain), expect={"siteId": after.site_id})
        unit.decrement(quota_key(after.tenant_id, after.environment), "sites")
    if after.restorable_until and after.restorable_until != before.restorable_until:
        unit.put(purge_row(after, after.restorable_until), expect={})
    elif before.restorable_until and not after.restorable_until:
        unit.delete(purge_key(after.site_id), expect={})


WORKFLOWS: Mapping[OperationType, Workflow] = {
    OperationType.SITE_CREATION: SiteCreation(
        steps={"install": steps.install, "verify": steps.verify}, reopens_from=(SiteStatus.FAILED,)
    ),
    OperationType.SITE_UPDATE: SiteUpdate(
        steps={"rename": steps.rename, "suspend": steps.suspend, "activate": steps.activate},
        reopens_from=(SiteStatus.ACTIVE, SiteStatus.SUSPENDED),
    ),
    OperationType.SITE_DELETION: SiteDeletion(
        steps={"backup": steps.back_up, "offline": steps.take_offline, "remove": steps.remove},
        reopens_from=(SiteStatus.DEPROVISIONING,),
    ),
    OperationType.SITE_RESTORE: SiteRestore(
        steps={"online": steps.activate, "offline": steps.suspend, "verify": steps.verify},
        reopens_from=(SiteStatus.DEPROVISIONING,),
    ),
}
"""Every kind of operation there is so far."""
