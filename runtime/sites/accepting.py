"""What accepting a change on a site takes, whatever the change: who may ask, the operation, and what is written with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runtime.hateoas_endpoint.preconditions import require_match
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Role
from runtime.operations.domain import Operation, OperationType
from runtime.operations.ledger import new_operation, write_accepted
from runtime.sites.domain import Site, quota_of
from runtime.sites.rows import existing_site, pointer_row, quota_key, site_key, site_row, subdomain_row
from runtime.table.port import Row
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


def read_to_change(unit: Unit, tenant_id: str, site_id: str, caller: Caller, now: datetime) -> tuple[Site, Tenant]:
    """A site that the caller may change, as they know it, and its tenant."""
    tenant_row, row = unit.get(tenant_key(tenant_id), site_key(tenant_id, site_id))
    tenant, site = existing_tenant(tenant_row), existing_site(row)
    if not site.may_be_changed_by(caller.role_in(tenant_id), caller.principal.sub):
        raise BusinessException(Code.FORBIDDEN, "This takes an administrator, or outside PROD whoever created the site.")
    require_match(caller.if_match, version=site.version_at(now), since=site.decided_version)
    return site, tenant


def operation_on(
    ports: Ports, type_: OperationType, site: Site, steps: tuple[str, ...], wanted: Mapping[str, Any], caller: Caller,
    now: datetime,
) -> Operation:  # fmt: skip
    """An operation on a site, not yet written; ``wanted`` is everything its steps work from."""
    return new_operation(
        ports, type_, tenant_id=site.tenant_id, site_id=site.site_id, steps=steps, input_=wanted,
        by=caller.principal.sub, correlation_id=caller.correlation_id, now=now,
    )  # fmt: skip


def accept(unit: Unit, operation: Operation, now: datetime) -> None:
    """Write the operation, provided that its tenant still takes writes."""
    write_accepted(unit, operation, now)
    unit.check(tenant_key(operation.tenant_id), {"status": "ACTIVE"})


def require_place(tenant: Tenant, *, guard: Row | None, quota: Row | None) -> None:
    """SITE_003 for a subdomain that is taken, SITE_004 where the tier allows no more, by the rows as they were read."""
    if guard:
        raise BusinessException(Code.SITE_003, "Another site of this environment has the subdomain.")
    most, current = quota_of(tenant), (quota or {}).get("sites", 0)
    if most is not None and current >= most:
        raise _quota_exceeded(tenant, current, most)


def write_new_site(unit: Unit, site: Site, tenant: Tenant) -> None:
    """Write a site that is to be made, with the guard of its subdomain, whose it is, and its place in the quota."""
    unit.put(site_row(site))
    unit.put(subdomain_row(site))
    unit.put(pointer_row(site))
    most = quota_of(tenant)
    bound = ENDLESS if most is None else most
    assign = {"entityType": "QUOTA", "tenantId": tenant.tenant_id}
    refusal = _quota_exceeded(tenant, bound, bound)
    unit.increment(quota_key(tenant.tenant_id, site.environment), "sites", below=bound, assign=assign, refusal=refusal)


def _quota_exceeded(tenant: Tenant, current: int, quota: int) -> BusinessException:
    extra = {"currentSites": current, "maxSites": quota, "tier": tenant.tier}
    detail = f"The tier allows {quota} sites in an environment."
    return BusinessException(Code.SITE_004, detail, extra={name: value for name, value in extra.items() if value is not None})
