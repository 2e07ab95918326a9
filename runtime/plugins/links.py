"""The links of plugins: which documents clients see, for the plugins, the site and the caller at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runtime.clock import iso
from runtime.hateoas_endpoint.hal import Affordance, Document, Obstacle, Viewer, collection, link, resource
from runtime.hateoas_endpoint.pages import page_hrefs
from runtime.hateoas_endpoint.request import PageRequest
from runtime.operations import routes as operations
from runtime.plugins import routes
from runtime.plugins.domain import CataloguedPlugin, Details, Listing, has_update, toggle_refusal, update_refusal
from runtime.plugins.rows import catalogued_row, vulnerability_row
from runtime.plugins.service import SiteOfPlugins
from runtime.portal.routes import ENTRY
from runtime.sites.domain import SiteStatus
from runtime.sites.routes import GET as SITE
from runtime.wordpress.port import InstalledPlugin

_CURATED = ("pluginId", "category", "pricing", "isBlocklisted", "blocklistReason", "minWordPressVersion")


def details_document(details: Details, viewer: Viewer) -> Document:
    """What the marketplace says of a plugin."""
    row = catalogued_row(details.catalogued)
    body = {name: row[name] for name in _CURATED if name in row}
    body["vulnerabilities"] = [vulnerability_row(each) for each in details.catalogued.vulnerabilities]
    if fetched := details.fetched:
        body |= {"listed": fetched.listing is not None, "fetchedAt": iso(fetched.at)}
        body |= _listed(fetched.listing) if fetched.listing else {}
    return resource(
        body | {"stale": details.is_stale},
        self_link={"href": routes.GET.href({"pluginId": details.catalogued.plugin_id})},
        viewer=viewer,
        links={"entry": link(ENTRY)},
    )


def installed_document(
    plugin: InstalledPlugin, catalogued: CataloguedPlugin | None, found: SiteOfPlugins, viewer: Viewer
) -> Document:
    """A plugin on a site, with what this caller may do with it now."""
    site, principal = found.site, viewer.principal
    parameters = {"siteId": site.site_id, "pluginId": plugin.plugin_id}
    body = {
        "pluginId": plugin.plugin_id,
        "name": plugin.name,
        "version": plugin.version,
        "latestVersion": plugin.latest_version,
        "hasUpdate": has_update(plugin),
        "isActive": plugin.is_active,
        "autoUpdate": plugin.auto_update,
    }
    changing = principal is not None and site.may_be_changed_by(principal.role_in(site.tenant_id), principal.sub)
    staff = principal is not None and principal.is_staff
    shown = catalogued is not None and catalogued.is_shown(to_staff=staff)
    return resource(
        {name: value for name, value in body.items() if value is not None},
        self_link={"href": f"{routes.LIST.href(parameters)}#{routes.GET.href(parameters).rpartition('/')[2]}"},
        viewer=viewer,
        affordances=_changes(plugin, catalogued, found, parameters) if changing else (),
        links={"details": link(routes.GET, parameters)} if shown else {},
    )


def page_document(
    plugins: Sequence[InstalledPlugin], position: str | None, *, catalogue: Mapping[str, CataloguedPlugin],
    found: SiteOfPlugins, page: PageRequest, viewer: Viewer,
) -> Document:  # fmt: skip
    """A page of a site's plugins; ``position`` is where the next one begins, None on the last."""
    site = found.site
    own, following = page_hrefs(routes.LIST, {"siteId": site.site_id}, page, position)
    here = link(routes.LIST, {"siteId": site.site_id})
    links: Document = {
        "site": link(SITE, {"tenantId": site.tenant_id, "siteId": site.site_id}),
        "refresh": {"href": f"{here['href']}?fresh=true", "title": "The same after a look for newer versions"},
        "entry": link(ENTRY),
    }
    if site.active_operation:
        links["operation"] = link(operations.GET, {"operationId": site.active_operation})
    return collection(
        "plugins",
        [installed_document(each, catalogue.get(each.plugin_id), found, viewer) for each in plugins],
        self_href=own,
        next_href=following,
        viewer=viewer,
        links=links,
    )


def _changes(
    plugin: InstalledPlugin, catalogued: CataloguedPlugin | None, found: SiteOfPlugins, parameters: Mapping[str, str]
) -> list[Affordance]:
    """Toggling, and updating where that would do anything; in the way of either stands what its call would be refused with."""
    site = found.site
    busy = site.refusal(found.tenant, SiteStatus.ACTIVE)
    updating = busy or update_refusal(plugin, catalogued)
    toggling = busy or toggle_refusal(plugin, catalogued, active=not plugin.is_active)
    changes = [Affordance(routes.TOGGLE, parameters, Obstacle.of(toggling), site.tenant_id)]
    if updating or has_update(plugin):
        changes.append(Affordance(routes.UPDATE, parameters, Obstacle.of(updating), site.tenant_id))
    return changes


def _listed(listing: Listing) -> Document:
    body = {
        "name": listing.name,
        "version": listing.version,
        "rating": listing.rating,
        "ratings": listing.ratings,
        "activeInstalls": listing.active_installs,
        "requires": listing.requires,
        "requiresPhp": listing.requires_php,
        "tested": listing.tested,
        "lastUpdated": listing.last_updated and iso(listing.last_updated),
        "homepage": listing.homepage,
        "sections": dict(listing.sections),
    }
    return {name: value for name, value in body.items() if value is not None}
