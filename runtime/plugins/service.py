"""What the plugin endpoints do but for toggling: read, ask the directory or the site, and let the domain decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from runtime.clock import instant
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.operations.domain import Operation, OperationType
from runtime.plugins.domain import CataloguedPlugin, Details, Fetched, has_update, update_refusal
from runtime.plugins.entrances import list_refusal
from runtime.plugins.port import Directory, DirectoryDown
from runtime.plugins.rows import catalogued_from, directory_key, fetched_from, fetched_row, plugin_key
from runtime.sites.accepting import Caller, accept, operation_on, read_to_change
from runtime.sites.domain import Site, SiteStatus
from runtime.sites.rows import existing_site, pointer_key, site_key, site_row
from runtime.table.port import Conflict, Table
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant
from runtime.tenants.rows import existing_tenant, tenant_key
from runtime.wordpress.port import InstalledPlugin, SiteAddress
from runtime.wordpress.problems import as_problems

if TYPE_CHECKING:
    from runtime.ports import Ports

UPDATE_STEPS = ("look", "backup", "update", "smoke", "thaw")


@dataclass(frozen=True, kw_only=True)
class SiteOfPlugins:
    """A site, its tenant, and what the catalogue says of the plugin that is asked about, None where it says nothing."""

    site: Site
    tenant: Tenant
    catalogued: CataloguedPlugin | None = None

    @property
    def address(self) -> SiteAddress:
        """Where the site answers."""
        return SiteAddress(site_id=self.site.site_id, url=self.site.url)


def read_details(table: Table, directory: Directory, plugin_id: str, principal: Principal, now: datetime) -> Details:
    """What the marketplace says of a plugin; PLUG_001 for one that is not in the catalogue or not for this caller's eyes.

    What the directory said is taken from the table for an hour, and for as long as it is kept while the directory is down.
    """
    unit = Unit(table)
    entry, said = unit.get(plugin_key(plugin_id), directory_key(plugin_id))
    catalogued = catalogued_from(entry) if entry else None
    if catalogued is None or not catalogued.is_shown(to_staff=principal.is_staff):
        raise no_such_plugin("There is no such plugin in the catalogue. Its ids are those of WordPress.org, in lower case.")
    fetched, is_stale = fetched_from(said) if said else None, False
    if fetched is None or not fetched.is_fresh(now):
        try:
            fetched = _asked_anew(unit, directory, plugin_id, fetched, now)
        except DirectoryDown:
            is_stale = True
    return Details(catalogued=catalogued, fetched=fetched, is_stale=is_stale)


def read_site(table: Table, site_id: str, principal: Principal) -> SiteOfPlugins:
    """A site of a tenant that the caller may enter; any other is SITE_002, whether or not it exists."""
    return _found(Unit(table), site_id, principal)


def read_site_to_change(unit: Unit, site_id: str, plugin_id: str, principal: Principal) -> SiteOfPlugins:
    """The same, for whoever may change the site, and only while it can be changed."""
    found = _found(unit, site_id, principal, plugin_id)
    if not found.site.may_be_changed_by(principal.role_in(found.site.tenant_id), principal.sub):
        raise BusinessException(Code.FORBIDDEN, "This takes an administrator, or outside PROD whoever created the site.")
    if refusal := found.site.refusal(found.tenant, SiteStatus.ACTIVE):
        raise refusal
    return found


def installed_on(found: SiteOfPlugins, ports: Ports, *, fresh: bool = False) -> list[InstalledPlugin]:
    """The plugins of a site as it is now, by their ids; SITE_005, WP_001 or WP_002 where it cannot be asked."""
    if refusal := list_refusal(found.site):
        raise refusal
    with as_problems():
        plugins = ports.agent.plugins(found.address, fresh=fresh)
    return sorted(plugins, key=lambda plugin: plugin.plugin_id)


def one_of(plugins: Sequence[InstalledPlugin], plugin_id: str) -> InstalledPlugin:
    """The plugin with an id; PLUG_001 where it is not among them."""
    for plugin in plugins:
        if plugin.plugin_id == plugin_id:
            return plugin
    raise no_such_plugin("There is no such plugin on the site.")


def page_of(plugins: Sequence[InstalledPlugin], *, size: int, after: str | None) -> tuple[list[InstalledPlugin], str | None]:
    """A page of plugins that are sorted by their ids, and the position after which the next one begins, None on the last."""
    rest = [plugin for plugin in plugins if after is None or plugin.plugin_id > after]
    return rest[:size], rest[size - 1].plugin_id if len(rest) > size else None


def read_catalogued(table: Table, plugins: Sequence[InstalledPlugin]) -> Mapping[str, CataloguedPlugin]:
    """What the catalogue says of plugins, by their ids, in one read for up to a hundred of them."""
    rows = table.get([plugin_key(plugin.plugin_id) for plugin in plugins]) if plugins else []
    return {row["pluginId"]: catalogued_from(row) for row in rows if row}


def is_update_wanted(plugin: InstalledPlugin, catalogued: CataloguedPlugin | None) -> bool:
    """Whether there is anything to update; raises PLUG_002, PLUG_003 or INVALID_STATE where that is forbidden."""
    if refusal := update_refusal(plugin, catalogued):
        raise refusal
    return has_update(plugin)


def update(unit: Unit, ports: Ports, *, site: Site, plugin: InstalledPlugin, caller: Caller, now: datetime) -> Operation:
    """Accept an update to the version that is the latest at this moment, so that a retry installs the same."""
    site, tenant = read_to_change(unit, site.tenant_id, site.site_id, caller, now)
    if refusal := site.refusal(tenant, SiteStatus.ACTIVE):
        raise refusal
    wanted = {
        "url": site.url,
        "pluginId": plugin.plugin_id,
        "name": plugin.name,
        "version": plugin.latest_version,
        "package": plugin.package,
        "fromVersion": plugin.version,
        "isActive": plugin.is_active,
    }
    operation = operation_on(ports, OperationType.PLUGIN_UPDATE, site, UPDATE_STEPS, wanted, caller, now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    accept(unit, operation, now)
    return operation


def no_such_plugin(detail: str) -> BusinessException:
    """The refusal of a plugin that is not there."""
    return BusinessException(Code.PLUG_001, detail)


def _asked_anew(unit: Unit, directory: Directory, plugin_id: str, before: Fetched | None, now: datetime) -> Fetched:
    """What the directory says now, kept for others. Of two who ask at once one keeps it, and both have it."""
    row = fetched_row(plugin_id, directory.listing(plugin_id), instant(now), after=before.version if before else 0)
    unit.put(row)
    with suppress(Conflict):
        unit.commit()
    return fetched_from(row)


def _found(unit: Unit, site_id: str, principal: Principal, *plugin_ids: str) -> SiteOfPlugins:
    (pointer,) = unit.get(pointer_key(site_id))
    tenant_id = pointer["tenantId"] if pointer else ""
    if principal.role_in(tenant_id) is None or not pointer:
        raise BusinessException(Code.SITE_002, "There is no such site.")
    keys = tenant_key(tenant_id), site_key(tenant_id, site_id), *map(plugin_key, plugin_ids)
    tenant_row, row, *entries = unit.get(*keys)
    catalogued = [catalogued_from(entry) for entry in entries if entry]
    return SiteOfPlugins(
        site=existing_site(row), tenant=existing_tenant(tenant_row), catalogued=catalogued[0] if catalogued else None
    )
