"""The kinds of operation on sites: the steps of each, and what its beginning and end make of its sites."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime.clock import instant, iso
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.health.rows import due_row, health_key, watch_key
from runtime.operations.domain import OTHER_SITE, Operation, OperationStatus, OperationType
from runtime.operations.workflow import StepFunction, Workflow
from runtime.plugins import steps as plugin_steps
from runtime.sites import copy_steps, staff_steps, steps
from runtime.sites.domain import RESTORABLE, Site, SiteStatus
from runtime.sites.rows import pointer_key, purge_key, purge_row, quota_key, site_from, site_key, site_row, subdomain_key
from runtime.sites.staff_steps import BACKUP
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant


@dataclass(frozen=True)
class SiteWorkflow(ABC):
    """What the kinds have in common: a site is locked by its operation until that ends."""

    steps: Mapping[str, StepFunction]
    reopens_from: tuple[SiteStatus, ...]
    undo: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def reopen_refusal(
        self,
        site: Site,
        operation: Operation,  # noqa: ARG002 - where there are two sites, it tells which one this is
        tenant: Tenant,
        now: datetime,  # noqa: ARG002 - for a restore, time matters
    ) -> BusinessException | None:
        """A failed operation can be tried again while the site is still as it left it."""
        return site.refusal(tenant, *self.reopens_from)

    def reopened(self, site: Site, operation: Operation, now: datetime) -> Site:
        """The site keeps its status until the operation ends."""
        return site.with_operation(operation.operation_id, now)

    def settle(self, unit: Unit, operation: Operation, now: datetime) -> None:
        """Let go of the sites and write what the end of the operation makes of them."""
        for row in unit.get(*(site_key(operation.tenant_id, site_id) for site_id in operation.site_ids)):
            site = site_from(row) if row else None
            if site and site.active_operation == operation.operation_id:
                settled = self.settled(site, operation, now)
                unit.put(site_row(settled))
                _write_beside(unit, site, settled, now)

    @abstractmethod
    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """A site after the operation has ended."""


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


class SiteClone(SiteCreation):
    """The copy as a creation; the source is only locked while it is read."""

    def reopen_refusal(self, site: Site, operation: Operation, tenant: Tenant, now: datetime) -> BusinessException | None:
        """The source has to be such that it can be copied."""
        if site.site_id != operation.site_id:
            return site.clone_refusal(tenant)
        return super().reopen_refusal(site, operation, tenant, now)

    def reopened(self, site: Site, operation: Operation, now: datetime) -> Site:
        """The copy is being made again."""
        if site.site_id != operation.site_id:
            return site.with_operation(operation.operation_id, now)
        return super().reopened(site, operation, now)

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """The source is as it was."""
        return site.without_operation(now) if site.site_id != operation.site_id else super().settled(site, operation, now)


class SitePromotion(SiteWorkflow):
    """The target with the source's content, or as it was; a target that was to be made and was not is FAILED."""

    def reopen_refusal(self, site: Site, operation: Operation, tenant: Tenant, now: datetime) -> BusinessException | None:
        """The source still has to lead to the target, and the target to take it."""
        if site.site_id != operation.site_id:
            return site.target_refusal(tenant)
        return super().reopen_refusal(site, operation, tenant, now)

    def reopened(self, site: Site, operation: Operation, now: datetime) -> Site:
        """A target that was not made is being made again."""
        status = SiteStatus.PROVISIONING if site.status is SiteStatus.FAILED else None
        return site.with_operation(operation.operation_id, now, status=status)

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """Both sites remember the promotion, however it ended; one that was called off before it began never was."""
        changes: dict[str, Any] = {}
        if operation.status is not OperationStatus.CANCELLED:
            changes["last_promotion"] = _promotion(operation)
        if site.site_id != operation.site_id and operation.status is OperationStatus.COMPLETED:
            changes |= {"status": SiteStatus.ACTIVE, **_versions(operation)}
        elif site.status is SiteStatus.PROVISIONING:
            changes["status"] = SiteStatus.FAILED
        return site.without_operation(now, **changes)


class PluginUpdate(SiteWorkflow):
    """What of the site shows in the table stays as it is."""

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:  # noqa: ARG002 - however it ended
        """The site is free again."""
        return site.without_operation(now)


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
    """``DEPROVISIONING →`` what the site was before its deletion; one that is put back to a backup stays what it is."""

    def reopen_refusal(self, site: Site, operation: Operation, tenant: Tenant, now: datetime) -> BusinessException | None:
        """A restore can be tried again as long as it can be asked for; one to a backup is asked for anew."""
        return site.recover_again_refusal() if BACKUP in operation.input else site.restore_refusal(tenant, now)

    def settled(self, site: Site, operation: Operation, now: datetime) -> Site:
        """A restore that failed leaves the site where it was, to be restored again."""
        if operation.status is not OperationStatus.COMPLETED:
            return site.without_operation(now)
        before = SiteStatus(operation.input["status"])
        return site.without_operation(now, status=before, status_before=None, restorable_until=None, **_versions(operation))


def _versions(operation: Operation) -> dict[str, str]:
    found = operation.output
    return {"wordpress_version": found["wordpressVersion"], "php_version": found["phpVersion"]}


def _promotion(operation: Operation) -> dict[str, Any]:
    """What sites remember of a promotion."""
    shown = {
        "operationId": operation.operation_id,
        "sourceSiteId": operation.site_id,
        "targetSiteId": operation.input[OTHER_SITE],
        "targetEnvironment": operation.input["environment"],
        "status": operation.status.value,
        "completedAt": iso(operation.completed_at) if operation.completed_at else None,
        "notes": operation.input.get("notes"),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _write_beside(unit: Unit, before: Site, after: Site, now: datetime) -> None:
    """Free what a deleted site held, let the refresher find active sites, and the sweeper data that waits to be purged."""
    if after.status is SiteStatus.DELETED:
        for key in (pointer_key(after.site_id), health_key(after.tenant_id, after.site_id), watch_key(after.site_id)):
            unit.delete(key, expect={})
        unit.delete(subdomain_key(after.environment, after.subdomain), expect={"siteId": after.site_id})
        unit.decrement(quota_key(after.tenant_id, after.environment), "sites")
    if after.status is SiteStatus.ACTIVE and before.status is not SiteStatus.ACTIVE and (watch := due_row(after, now)):
        unit.put(watch, expect={})
    if after.restorable_until and after.restorable_until != before.restorable_until:
        unit.put(purge_row(after, after.restorable_until), expect={})
    elif before.restorable_until and not after.restorable_until:
        unit.delete(purge_key(after.site_id), expect={})


WORKFLOWS: Mapping[OperationType, Workflow] = {
    OperationType.SITE_CREATION: SiteCreation(
        steps={"install": steps.install, "verify": steps.verify}, reopens_from=(SiteStatus.FAILED,)
    ),
    OperationType.SITE_UPDATE: SiteUpdate(
        steps={
            "rename": steps.rename,
            "suspend": steps.suspend,
            "activate": steps.activate,
            "renew": staff_steps.renew,
            "verify": staff_steps.verify_access,
        },
        reopens_from=(SiteStatus.ACTIVE, SiteStatus.SUSPENDED),
    ),
    OperationType.SITE_CLONE: SiteClone(
        steps={"copy": copy_steps.copy, "rename": steps.rename, "verify": steps.verify}, reopens_from=(SiteStatus.FAILED,)
    ),
    OperationType.SITE_PROMOTION: SitePromotion(
        steps={
            "backup": copy_steps.back_up_target,
            "stage": copy_steps.stage,
            "switch": copy_steps.switch,
            "smoke": copy_steps.smoke,
            "accept": copy_steps.accept,
            "put-back": copy_steps.put_back,
        },
        undo=dict.fromkeys(("stage", "switch", "smoke"), ("put-back",)),
        reopens_from=(SiteStatus.ACTIVE,),
    ),
    OperationType.PLUGIN_UPDATE: PluginUpdate(
        steps={
            "look": plugin_steps.look,
            "backup": plugin_steps.back_up,
            "update": plugin_steps.update,
            "smoke": plugin_steps.smoke,
            "thaw": plugin_steps.thaw,
            "restore": plugin_steps.restore,
        },
        undo={"backup": ("thaw",), "update": ("restore", "thaw"), "smoke": ("restore", "thaw")},
        reopens_from=(SiteStatus.ACTIVE,),
    ),
    OperationType.SITE_DELETION: SiteDeletion(
        steps={"backup": steps.back_up, "offline": steps.take_offline, "remove": steps.remove},
        reopens_from=(SiteStatus.DEPROVISIONING,),
    ),
    OperationType.SITE_RESTORE: SiteRestore(
        steps={
            "online": steps.activate,
            "offline": steps.suspend,
            "verify": steps.verify,
            "backup": staff_steps.back_up,
            "restore": staff_steps.restore,
            "check": staff_steps.check,
            "thaw": staff_steps.thaw,
            "put-back": staff_steps.put_back,
            "overwrite": staff_steps.restore,
        },
        undo={"backup": ("thaw",), "restore": ("put-back", "thaw"), "check": ("put-back", "thaw")},
        reopens_from=(SiteStatus.DEPROVISIONING,),
    ),
}
"""Every kind of operation there is."""
