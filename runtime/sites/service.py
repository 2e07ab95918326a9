"""What the site endpoints do: read, let the domain decide, and write site and operation in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role
from runtime.operations.domain import Operation, OperationType
from runtime.sites.accepting import Caller, accept, operation_on, read_to_change, require_place, write_new_site
from runtime.sites.domain import Environment, Site, SiteStatus, requested_site
from runtime.sites.rows import existing_site, list_queries, quota_key, site_from, site_key, site_row, subdomain_key
from runtime.table.port import Row, Table
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant
from runtime.tenants.rows import existing_tenant, tenant_key

if TYPE_CHECKING:
    from runtime.ports import Ports


def read(table: Table, tenant_id: str, site_id: str) -> tuple[Site, Tenant]:
    """One site and its tenant."""
    tenant_row, row = table.get([tenant_key(tenant_id), site_key(tenant_id, site_id)])
    tenant = existing_tenant(tenant_row)
    return existing_site(row), tenant


def targets_of(table: Table, sites: Sequence[Site]) -> dict[str, Site]:
    """The sites to which these were promoted before, by their ids: what a promotion may do depends on them.

    One that was deleted for good is none any more: the next promotion makes another.
    """
    keys = [site_key(site.tenant_id, site.promoted_to) for site in sites if site.promoted_to]
    found = [site_from(row) for row in table.get(keys) if row] if keys else []
    return {site.site_id: site for site in found if site.status is not SiteStatus.DELETED}


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
    site = requested_site(
        site_id=site_id, tenant_id=tenant_id, site_name=site_name, subdomain=subdomain, environment=environment,
        origin=ports.site_origin, by=caller.principal.sub, now=now,
    )  # fmt: skip
    require_place(tenant, guard=guard, quota=quota_row)
    wanted = {
        "url": site.url,
        "siteName": site_name,
        "environment": environment.value,
        "plugins": list(plugins),
        "adminEmail": caller.principal.email,
    }
    operation = operation_on(ports, OperationType.SITE_CREATION, site, ("install", "verify"), wanted, caller, now)
    locked = replace(site, active_operation=operation.operation_id)
    write_new_site(unit, locked, tenant)
    accept(unit, operation, now)
    return operation


def update(
    unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, site_name: str | None, status: SiteStatus | None,
    caller: Caller, now: datetime,
) -> tuple[Operation | None, Site, Tenant]:  # fmt: skip
    """Accept other settings; no operation where the site has them already."""
    site, tenant = read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.update_refusal(tenant):
        raise refusal
    renamed = site_name is not None and site_name != site.site_name
    moved = status is not None and status is not site.status
    steps = (["rename"] if renamed else []) + (["suspend" if status is SiteStatus.SUSPENDED else "activate"] if moved else [])
    if not steps:
        return None, site, tenant
    wanted = ({"siteName": site_name} if renamed else {}) | ({"status": status} if moved else {})
    operation = operation_on(ports, OperationType.SITE_UPDATE, site, tuple(steps), {"url": site.url, **wanted}, caller, now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    accept(unit, operation, now)
    return operation, site, tenant


def delete(
    unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, hard: bool, confirm: str | None, caller: Caller, now: datetime
) -> Operation:
    """Accept a deletion, after which the site can be restored, or for good: then its name is the consent."""
    site, tenant = read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.delete_refusal(tenant, hard=hard):
        raise refusal
    if hard and confirm != site.site_name:
        raise BusinessException(Code.SITE_001, "Deleting for good takes the site's name in `confirm`.")
    operation = deletion_of(ports, site, hard=hard, caller=caller, now=now)
    unit.put(site_row(site.with_operation(operation.operation_id, now, status=SiteStatus.DEPROVISIONING)))
    accept(unit, operation, now)
    return operation


def restore(unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, caller: Caller, now: datetime) -> Operation:
    """Accept that a softly deleted site becomes again what it was."""
    site, tenant = read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.restore_refusal(tenant, now):
        raise refusal
    before = site.status_before or SiteStatus.ACTIVE
    steps = ("offline" if before is SiteStatus.SUSPENDED else "online", "verify")
    wanted = {"url": site.url, "status": before.value}
    operation = operation_on(ports, OperationType.SITE_RESTORE, site, steps, wanted, caller, now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    accept(unit, operation, now)
    return operation


def deletion_of(ports: Ports, site: Site, *, hard: bool, caller: Caller, now: datetime) -> Operation:
    """A site's deletion, not yet written. A verified backup comes first in both kinds."""
    steps = ("backup", "remove" if hard else "offline")
    wanted = {"url": site.url, "hard": hard, "statusBefore": site.status.value}
    return operation_on(ports, OperationType.SITE_DELETION, site, steps, wanted, caller, now)
