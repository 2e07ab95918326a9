"""What the site endpoints do: read, let the domain decide, and write site and operation in one unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runtime.clock import instant
from runtime.hateoas_endpoint.preconditions import require_match
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role
from runtime.operations.domain import Operation, OperationType
from runtime.operations.ledger import new_operation, write_accepted
from runtime.sites.domain import Environment, Site, SiteStatus, quota_of, site_url
from runtime.sites.rows import (
    existing_site,
    list_queries,
    quota_key,
    site_from,
    site_key,
    site_row,
    subdomain_key,
    subdomain_row,
)
from runtime.table.port import Row, Table
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant
from runtime.tenants.rows import existing_tenant, tenant_key

if TYPE_CHECKING:
    from runtime.ports import Ports

ENDLESS = 10**9
"""The bound of a count that has none."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks for a change, and under which correlation id."""

    principal: Principal
    correlation_id: str
    if_match: str | None = None

    def role_in(self, tenant_id: str) -> Role | None:
        """The role that the caller has in a tenant."""
        return self.principal.role_in(tenant_id)


def read(table: Table, tenant_id: str, site_id: str) -> tuple[Site, Tenant]:
    """One site and its tenant."""
    tenant_row, row = table.get([tenant_key(tenant_id), site_key(tenant_id, site_id)])
    tenant = existing_tenant(tenant_row)
    return existing_site(row), tenant


def read_page(
    table: Table, tenant_id: str, *, environment: Environment | None, status: SiteStatus | None, size: int, after: str | None
) -> tuple[list[Site], str | None]:
    """A page of sites, newest first, and the position after which the next one begins, None on the last."""
    queries = list_queries(tenant_id, environment=environment, status=status, limit=size + 1, after=after)
    rows: list[Row] = [row for query in queries for row in table.query(query)]
    sites = [site_from(row) for row in sorted(rows, key=lambda row: row["siteId"], reverse=True)]
    return sites[:size], sites[size - 1].site_id if len(sites) > size else None


def create(
    unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, site_name: str, subdomain: str, environment: Environment,
    plugins: Sequence[str], caller: Caller, now: datetime,
) -> Operation:  # fmt: skip
    """Accept a new site: SITE_003 for a subdomain that is taken, SITE_004 where the tier allows no more."""
    keys = tenant_key(tenant_id), subdomain_key(environment, subdomain), quota_key(tenant_id, environment)
    tenant_row, guard, quota_row = unit.get(*keys)
    tenant = existing_tenant(tenant_row)
    if environment is Environment.PROD and caller.role_in(tenant_id) is Role.USER:
        raise BusinessException(Code.FORBIDDEN, "Sites on PROD are an administrator's to create.")
    tenant.require_active()
    if guard:
        raise BusinessException(Code.SITE_003, "Another site of this environment has the subdomain.")
    moment = instant(now)
    site = Site(
        site_id=site_id,
        tenant_id=tenant_id,
        site_name=site_name,
        subdomain=subdomain,
        url=site_url(ports.site_origin, subdomain, environment),
        environment=environment,
        status=SiteStatus.PROVISIONING,
        created_at=moment,
        created_by=caller.principal.sub,
        updated_at=moment,
    )
    wanted = {
        "url": site.url,
        "siteName": site_name,
        "environment": environment.value,
        "plugins": list(plugins),
        "adminEmail": caller.principal.email,
    }
    operation = _operation(ports, OperationType.SITE_CREATION, site, ("install", "verify"), wanted, caller, now)
    unit.put(site_row(replace(site, active_operation=operation.operation_id)))
    unit.put(subdomain_row(site))
    _count_site(unit, tenant, environment, quota_row)
    _accept(unit, operation, now)
    return operation


def update(
    unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, site_name: str | None, status: SiteStatus | None,
    caller: Caller, now: datetime,
) -> tuple[Operation | None, Site, Tenant]:  # fmt: skip
    """Accept other settings; no operation where the site has them already."""
    site, tenant = _read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.update_refusal(tenant):
        raise refusal
    renamed = site_name is not None and site_name != site.site_name
    moved = status is not None and status is not site.status
    steps = (["rename"] if renamed else []) + (["suspend" if status is SiteStatus.SUSPENDED else "activate"] if moved else [])
    if not steps:
        return None, site, tenant
    wanted = ({"siteName": site_name} if renamed else {}) | ({"status": status} if moved else {})
    operation = _operation(ports, OperationType.SITE_UPDATE, site, tuple(steps), {"url": site.url, **wanted}, caller, now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    _accept(unit, operation, now)
    return operation, site, tenant


def delete(
    unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, hard: bool, confirm: str | None, caller: Caller, now: datetime
) -> Operation:
    """Accept a deletion, after which the site can be restored, or for good: then its name is the consent."""
    site, tenant = _read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.delete_refusal(tenant, hard=hard):
        raise refusal
    if hard and confirm != site.site_name:
        raise BusinessException(Code.SITE_001, "Deleting for good takes the site's name in `confirm`.")
    operation = deletion_of(ports, site, hard=hard, caller=caller, now=now)
    unit.put(site_row(site.with_operation(operation.operation_id, now, status=SiteStatus.DEPROVISIONING)))
    _accept(unit, operation, now)
    return operation


def restore(unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, caller: Caller, now: datetime) -> Operation:
    """Accept that a softly deleted site becomes again what it was."""
    site, tenant = _read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.restore_refusal(tenant, now):
        raise refusal
    before = site.status_before or SiteStatus.ACTIVE
    steps = ("offline" if before is SiteStatus.SUSPENDED else "online", "verify")
    wanted = {"url": site.url, "status": before.value}
    operation = _operation(ports, OperationType.SITE_RESTORE, site, steps, wanted, caller, now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    _accept(unit, operation, now)
    return operation


def deletion_of(ports: Ports, site: Site, *, hard: bool, caller: Caller, now: datetime) -> Operation:
    """A site's deletion, not yet written. A verified backup comes first in both kinds."""
    steps = ("backup", "remove" if hard else "offline")
    wanted = {"url": site.url, "hard": hard, "statusBefore": site.status.value}
    return _operation(ports, OperationType.SITE_DELETION, site, steps, wanted, caller, now)


def _operation(
    ports: Ports, type_: OperationType, site: Site, steps: tuple[str, ...], wanted: Mapping[str, Any], caller: Caller,
    now: datetime,
) -> Operation:  # fmt: skip
    return new_operation(
        ports, type_, tenant_id=site.tenant_id, site_id=site.site_id, steps=steps, input_=wanted,
        by=caller.principal.sub, correlation_id=caller.correlation_id, now=now,
    )  # fmt: skip


def _accept(unit: Unit, operation: Operation, now: datetime) -> None:
    """Write the operation, provided that its tenant still takes writes."""
    write_accepted(unit, operation, now)
    unit.check(tenant_key(operation.tenant_id), {"status": "ACTIVE"})


def _read_to_change(unit: Unit, tenant_id: str, site_id: str, caller: Caller, now: datetime) -> tuple[Site, Tenant]:
    tenant_row, row = unit.get(tenant_key(tenant_id), site_key(tenant_id, site_id))
    tenant, site = existing_tenant(tenant_row), existing_site(row)
    if not site.may_be_changed_by(caller.role_in(tenant_id), caller.principal.sub):
        raise BusinessException(Code.FORBIDDEN, "This takes an administrator, or outside PROD whoever created the site.")
    require_match(caller.if_match, version=site.version_at(now), since=site.decided_version)
    return site, tenant


def _count_site(unit: Unit, tenant: Tenant, environment: Environment, quota_row: Row | None) -> None:
    quota, current = quota_of(tenant), (quota_row or {}).get("sites", 0)
    if quota is not None and current >= quota:
        raise _quota_exceeded(tenant, current, quota)
    bound = ENDLESS if quota is None else quota
    assign = {"entityType": "QUOTA", "tenantId": tenant.tenant_id}
    refusal = _quota_exceeded(tenant, bound, bound)
    unit.increment(quota_key(tenant.tenant_id, environment), "sites", below=bound, assign=assign, refusal=refusal)


def _quota_exceeded(tenant: Tenant, current: int, quota: int) -> BusinessException:
    extra = {"currentSites": current, "maxSites": quota, "tier": tenant.tier}
    detail = f"The tier allows {quota} sites in an environment."
    return BusinessException(Code.SITE_004, detail, extra={name: value for name, value in extra.items() if value is not None})
