"""The life of a site, as pure rules: what may be asked of it when, and what each request and each end makes of it.

``PROVISIONING → ACTIVE | FAILED``, ``ACTIVE ↔ SUSPENDED``, ``ACTIVE | SUSPENDED | FAILED → DEPROVISIONING → DELETED``, and back
from DEPROVISIONING by a restore. One operation at a time is at work on a site: ``active_operation`` is its lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from runtime.clock import instant
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role
from runtime.tenants.domain import Tenant, not_active

RESTORABLE = timedelta(days=30)
KEPT_AFTER_DELETION = timedelta(days=90)
"""How long a deleted site still shows as DELETED."""

QUOTAS = {"BASIC": 5, "STANDARD": 20, "PREMIUM": 50}
QUOTA_WITHOUT_TIER = 10
UNLIMITED = "ENTERPRISE"

NEXT_ENVIRONMENT = {"DEV": "SIT", "SIT": "PROD"}
"""Where a site of an environment is promoted to."""


class Environment(StrEnum):
    """What a site is for."""

    DEV = "DEV"
    SIT = "SIT"
    PROD = "PROD"


class SiteStatus(StrEnum):
    """What a site is."""

    PROVISIONING = "PROVISIONING"
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"
    SUSPENDED = "SUSPENDED"
    DEPROVISIONING = "DEPROVISIONING"
    DELETED = "DELETED"


@dataclass(frozen=True, kw_only=True)
class Site:
    """One WordPress install of a tenant.

    ``status_before`` is what a site was before its deletion was asked for, ``restorable_until`` the end of its data after a
    soft deletion. ``promoted_to`` is the site that its promotions overwrite, ``last_promotion`` what the last one from or to it
    came to. ``version`` counts writes; ``decided_version`` is the version that a person's last decision made.
    """

    site_id: str
    tenant_id: str
    site_name: str
    subdomain: str
    url: str
    environment: Environment
    status: SiteStatus
    created_at: datetime
    created_by: str
    updated_at: datetime
    health_status: str = "UNKNOWN"
    wordpress_version: str | None = None
    php_version: str | None = None
    promoted_from: str | None = None
    promoted_to: str | None = None
    cloned_from: str | None = None
    last_promotion: Mapping[str, Any] | None = None
    active_operation: str | None = None
    status_before: SiteStatus | None = None
    restorable_until: datetime | None = None
    version: int = 1
    decided_version: int = 1

    def version_at(self, now: datetime) -> int:
        """The version a reader sees: that a site can no longer be restored is the clock's change, and counts like a write."""
        return self.version + (self.restorable_until is not None and now >= self.restorable_until)

    def may_be_changed_by(self, role: Role | None, user_id: str) -> bool:
        """Administrators may change every site, a USER those they created, outside PROD."""
        if role is None or role.may_administer:
            return role is not None
        return role is Role.USER and self.created_by == user_id and self.environment is not Environment.PROD

    def update_refusal(self, tenant: Tenant) -> BusinessException | None:
        """What forbids to change the site's settings now, if anything does."""
        return self.refusal(tenant, SiteStatus.ACTIVE, SiteStatus.SUSPENDED)

    def clone_refusal(self, tenant: Tenant, environment: Environment | None = None) -> BusinessException | None:
        """What forbids to copy the site now, if anything does; a copy never begins on PROD."""
        if environment is Environment.PROD:
            return BusinessException(Code.SITE_006, "A copy cannot be made on PROD: promote a site of SIT.")
        return self.refusal(tenant, SiteStatus.ACTIVE)

    def promote_refusal(
        self, tenant: Tenant, target: Site | None, environment: Environment | None = None
    ) -> BusinessException | None:
        """What forbids to promote the site now, if anything does: to an environment, or to the next one.

        ``target`` is the site that its earlier promotions made, if there is one.
        """
        following = NEXT_ENVIRONMENT.get(self.environment)
        if following is None or (environment or following) != following:
            return BusinessException(
                Code.SITE_006,
                f"A site of {self.environment} is promoted to {following}." if following else "PROD is the last environment.",
                extra={"currentEnvironment": self.environment.value, "allowedTargets": [following] if following else []},
            )
        if refusal := self.refusal(tenant, SiteStatus.ACTIVE):
            return refusal
        return target.target_refusal(tenant) if target else None

    def target_refusal(self, tenant: Tenant) -> BusinessException | None:
        """What forbids to promote to this site now; one whose first promotion failed is made again."""
        return self.refusal(tenant, SiteStatus.ACTIVE, SiteStatus.FAILED)

    def delete_refusal(self, tenant: Tenant, *, hard: bool) -> BusinessException | None:
        """What forbids to delete the site now, if anything does; what is deleted softly can still be deleted for good."""
        allowed = [SiteStatus.ACTIVE, SiteStatus.SUSPENDED, SiteStatus.FAILED]
        if hard or self.restorable_until is None:
            allowed.append(SiteStatus.DEPROVISIONING)
        return self.refusal(tenant, *allowed)

    def restore_refusal(self, tenant: Tenant, now: datetime) -> BusinessException | None:
        """What forbids to restore the site now, if anything does: it has to have run before, and its data has to be there."""
        if refusal := self.refusal(tenant, SiteStatus.DEPROVISIONING):
            return refusal
        if self.status_before is SiteStatus.FAILED:
            return self._wrong_state("A site that never ran cannot be restored.")
        if self.restorable_until and now >= self.restorable_until:
            return self._wrong_state("The data of this site is no longer kept.")
        return None

    def recover_refusal(self, tenant: Tenant) -> BusinessException | None:
        """What forbids to put the site back to one of its backups now, if anything does."""
        return self.refusal(tenant, SiteStatus.ACTIVE, SiteStatus.SUSPENDED)

    def recover_again_refusal(self) -> BusinessException:
        """What forbids to try again to put the site back: somebody may have mended it since, whose work would be lost."""
        return self._wrong_state("Putting a site back to a backup is asked for anew.")

    def renew_refusal(self, tenant: Tenant) -> BusinessException | None:
        """What forbids to renew the site's secrets now, if anything does: one that may be restored needs them as well."""
        restorable = (SiteStatus.DEPROVISIONING,) if self.restorable_until else ()
        return self.refusal(tenant, SiteStatus.ACTIVE, SiteStatus.SUSPENDED, *restorable)

    def with_operation(self, operation_id: str, now: datetime, *, status: SiteStatus | None = None) -> Site:
        """The site while an operation is at work on it. A site about to be deleted remembers what it was."""
        deletion = status is SiteStatus.DEPROVISIONING and self.status is not SiteStatus.DEPROVISIONING
        changed = replace(
            self,
            active_operation=operation_id,
            status=status or self.status,
            status_before=self.status if deletion else self.status_before,
            updated_at=instant(now),
            version=self.version_at(now) + 1,
        )
        return replace(changed, decided_version=changed.version)

    def without_operation(self, now: datetime, **changes: Any) -> Site:
        """The site after an operation has ended, with what it changed."""
        return replace(self, active_operation=None, updated_at=instant(now), version=self.version_at(now) + 1, **changes)

    def refusal(self, tenant: Tenant, *allowed: SiteStatus) -> BusinessException | None:
        """What forbids to work on the site now, where only a site of these statuses can be worked on."""
        if self.active_operation:
            blocked_by = {"_links": {"blockedBy": {"href": f"/operations/{self.active_operation}"}}}
            return BusinessException(Code.OPERATION_IN_PROGRESS, "Another operation is at work on the site.", extra=blocked_by)
        if self.status not in allowed:
            return self._wrong_state(f"A site that is {self.status} does not take this.")
        return None if tenant.is_active else not_active()

    def _wrong_state(self, detail: str) -> BusinessException:
        return BusinessException(Code.SITE_005, detail, extra={"currentStatus": self.status.value})


def requested_site(
    *, site_id: str, tenant_id: str, site_name: str, subdomain: str, environment: Environment, origin: str, by: str,
    now: datetime, cloned_from: str | None = None, promoted_from: str | None = None,
) -> Site:  # fmt: skip
    """A site that is to be made, from nothing or from another site."""
    moment = instant(now)
    return Site(
        site_id=site_id,
        tenant_id=tenant_id,
        site_name=site_name,
        subdomain=subdomain,
        url=site_url(origin, subdomain, environment),
        environment=environment,
        status=SiteStatus.PROVISIONING,
        created_at=moment,
        created_by=by,
        updated_at=moment,
        cloned_from=cloned_from,
        promoted_from=promoted_from,
    )


def quota_of(tenant: Tenant) -> int | None:
    """How many sites a tenant can have in each environment, None for any number."""
    if tenant.tier == UNLIMITED:
        return None
    return QUOTAS.get(tenant.tier or "", QUOTA_WITHOUT_TIER)


def site_url(origin: str, subdomain: str, environment: Environment) -> str:
    """The URL of a site: ``*`` in the stage's origin stands for its name, which outside PROD bears the environment."""
    name = subdomain if environment is Environment.PROD else f"{subdomain}.{environment.lower()}"
    return origin.replace("*", name)
