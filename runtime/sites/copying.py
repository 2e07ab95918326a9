"""What clone and promote do: lock both sites, and write the site that is to be made, if one is, with the operation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runtime.hateoas_endpoint.preconditions import require_match
from runtime.operations.domain import OTHER_SITE, Operation, OperationType
from runtime.sites.accepting import Caller, accept, operation_on, require_place, write_new_site
from runtime.sites.domain import Environment, Site, SiteStatus, requested_site
from runtime.sites.rows import existing_site, quota_key, site_from, site_key, site_row, subdomain_key
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant
from runtime.tenants.rows import existing_tenant, tenant_key

if TYPE_CHECKING:
    from runtime.ports import Ports

PROMOTION_STEPS = ("backup", "stage", "switch", "smoke", "accept")


@dataclass(frozen=True, kw_only=True)
class ContentRules:
    """What becomes of what the target has and the source lacks, when a target is promoted to again.

    ``users`` and ``comments`` are KEEP or REPLACE, ``uploads`` MERGE or REPLACE. ``keep_tables`` and ``keep_options`` are
    database tables and WordPress options of the target that stay as they are.
    """

    users: str = "KEEP"
    comments: str = "KEEP"
    uploads: str = "MERGE"
    keep_tables: tuple[str, ...] = ()
    keep_options: tuple[str, ...] = ()

    def as_input(self) -> dict[str, Any]:
        """The rules as the operation keeps them and the plan shows them."""
        return {
            "users": self.users,
            "comments": self.comments,
            "uploads": self.uploads,
            "keepTables": list(self.keep_tables),
            "keepOptions": list(self.keep_options),
        }


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A promotion that may be done: from which site to which, and whether that one has to be made first."""

    source: Site
    target: Site
    tenant: Tenant
    is_first: bool
    rules: ContentRules

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of the operation that does it."""
        return PROMOTION_STEPS

    @property
    def consequences(self) -> dict[str, list[str]]:
        """What of the target would be replaced and what kept, in words for people."""
        replaces = ["posts, pages, media and menus", "themes, plugins and their settings"]
        keeps = [
            "address, secrets and database access",
            "visibility for search engines",
            "the site's name and administration address",
        ]
        if self.is_first:
            return {"replaces": [], "keeps": []}
        for what, rule, kept in (("accounts", self.rules.users, "KEEP"), ("comments", self.rules.comments, "KEEP")):
            (keeps if rule == kept else replaces).append(what)
        (keeps if self.rules.uploads == "MERGE" else replaces).append("uploads that only the target has")
        keeps += [f"table {name}" for name in self.rules.keep_tables] + [f"option {name}" for name in self.rules.keep_options]
        return {"replaces": replaces, "keeps": keeps}


def clone(
    unit: Unit, ports: Ports, *, tenant_id: str, source_id: str, copy_id: str, site_name: str, subdomain: str,
    environment: Environment | None, caller: Caller, now: datetime,
) -> Operation:  # fmt: skip
    """Accept a copy of a site: SITE_006 for one on PROD, and as for a new site SITE_003 and SITE_004."""
    tenant_row, row = unit.get(tenant_key(tenant_id), site_key(tenant_id, source_id))
    tenant, source = existing_tenant(tenant_row), existing_site(row)
    require_match(caller.if_match, version=source.version_at(now), since=source.decided_version)
    environment = environment or source.environment
    if refusal := source.clone_refusal(tenant, environment):
        raise refusal
    guard, quota = unit.get(subdomain_key(environment, subdomain), quota_key(tenant_id, environment))
    copy = requested_site(
        site_id=copy_id, tenant_id=tenant_id, site_name=site_name, subdomain=subdomain, environment=environment,
        origin=ports.site_origin, by=caller.principal.sub, now=now, cloned_from=source_id,
    )  # fmt: skip
    require_place(tenant, guard=guard, quota=quota)
    wanted = {"url": copy.url, "siteName": site_name, "environment": environment.value, OTHER_SITE: source_id}
    operation = operation_on(ports, OperationType.SITE_CLONE, copy, ("copy", "rename", "verify"), wanted, caller, now)
    unit.put(site_row(source.with_operation(operation.operation_id, now)))
    write_new_site(unit, replace(copy, active_operation=operation.operation_id), tenant)
    accept(unit, operation, now)
    return operation


def plan(
    unit: Unit, ports: Ports, *, tenant_id: str, source_id: str, new_id: str, environment: Environment, rules: ContentRules,
    caller: Caller, now: datetime,
) -> Promotion:  # fmt: skip
    """What a promotion would do now; raises what forbids it. ``new_id`` is the target's, if it is the first one."""
    tenant_row, row = unit.get(tenant_key(tenant_id), site_key(tenant_id, source_id))
    tenant, source = existing_tenant(tenant_row), existing_site(row)
    require_match(caller.if_match, version=source.version_at(now), since=source.decided_version)
    target = _target_of(unit, source)
    if refusal := source.promote_refusal(tenant, target, environment):
        raise refusal
    if target:
        return Promotion(source=source, target=target, tenant=tenant, is_first=False, rules=rules)
    keys = subdomain_key(environment, source.subdomain), quota_key(tenant_id, environment)
    guard, quota = unit.get(*keys)
    target = requested_site(
        site_id=new_id, tenant_id=tenant_id, site_name=source.site_name, subdomain=source.subdomain, environment=environment,
        origin=ports.site_origin, by=caller.principal.sub, now=now, promoted_from=source_id,
    )  # fmt: skip
    require_place(tenant, guard=guard, quota=quota)
    return Promotion(source=source, target=target, tenant=tenant, is_first=True, rules=rules)


def promote(unit: Unit, ports: Ports, promotion: Promotion, *, notes: str | None, caller: Caller, now: datetime) -> Operation:
    """Accept a promotion that was planned in this unit."""
    source, target = promotion.source, promotion.target
    wanted = {
        "url": target.url,
        "environment": target.environment.value,
        OTHER_SITE: target.site_id,
        "rules": promotion.rules.as_input(),
        **({"notes": notes} if notes else {}),
    }
    operation = operation_on(ports, OperationType.SITE_PROMOTION, source, PROMOTION_STEPS, wanted, caller, now)
    unit.put(site_row(replace(source.with_operation(operation.operation_id, now), promoted_to=target.site_id)))
    if promotion.is_first:
        locked = replace(target, active_operation=operation.operation_id)
        write_new_site(unit, locked, promotion.tenant)
    else:
        status = SiteStatus.PROVISIONING if target.status is SiteStatus.FAILED else target.status
        unit.put(site_row(target.with_operation(operation.operation_id, now, status=status)))
    accept(unit, operation, now)
    return operation


def _target_of(unit: Unit, source: Site) -> Site | None:
    """The site that an earlier promotion made, unless it was deleted for good since: then another one is made."""
    if source.promoted_to is None:
        return None
    (row,) = unit.get(site_key(source.tenant_id, source.promoted_to))
    target = site_from(row) if row else None
    return None if target is None or target.status is SiteStatus.DELETED else target
