"""The handlers of the plugin endpoints."""

from __future__ import annotations

from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.idempotency import perform, transact
from runtime.hateoas_endpoint.preconditions import not_modified
from runtime.hateoas_endpoint.representation import Representation, media_type_for
from runtime.hateoas_endpoint.request import Request
from runtime.ids import PLUGIN_ID
from runtime.operations.answers import accepted
from runtime.plugins import links, routes, service
from runtime.plugins.toggling import Toggle
from runtime.ports import Ports
from runtime.sites.accepting import Caller
from runtime.table.unit import Unit


@endpoint(routes.GET)
def get(request: Request, ports: Ports) -> Representation:
    """Get what the marketplace says of a plugin: the portal's catalogue, joined with WordPress.org's directory."""
    plugin_id = request.parameters["pluginId"]
    details = service.read_details(ports.table, ports.directory, plugin_id, request.principal, request.now)
    if not_modified(request.if_none_match, details.version):
        return Representation(document=None, status=304, version=details.version)
    return Representation(document=links.details_document(details, request.viewer), version=details.version)


@endpoint(routes.LIST)
def list_installed(request: Request, ports: Ports) -> Representation:
    """List the plugins of a site as it is now, by their ids."""
    page = request.page()
    after = request.position(page, PLUGIN_ID)
    found = service.read_site(ports.table, request.parameters["siteId"], request.principal)
    installed = service.installed_on(found, ports, fresh=request.query.get("fresh") == "true")
    plugins, position = service.page_of(installed, size=page.size, after=after)
    catalogue = service.read_catalogued(ports.table, plugins)
    document = links.page_document(plugins, position, catalogue=catalogue, found=found, page=page, viewer=request.viewer)
    return Representation(document=document, media_type=media_type_for(document))


@endpoint(routes.UPDATE)
def update(request: Request, ports: Ports) -> Representation:
    """Accept an update of a plugin to its latest version; 200 with the plugin where that is installed already."""
    site_id, plugin_id = request.parameters["siteId"], request.parameters["pluginId"]
    found = service.read_site_to_change(Unit(ports.table), site_id, plugin_id, request.principal)
    plugin = service.one_of(service.installed_on(found, ports, fresh=True), plugin_id)
    if not service.is_update_wanted(plugin, found.catalogued):
        document = links.installed_document(plugin, found.catalogued, found, request.viewer)
        return Representation(document=document, media_type=media_type_for(document))
    caller = Caller(principal=request.principal, correlation_id=request.correlation_id)

    def attempt(unit: Unit) -> Representation:
        operation = service.update(unit, ports, site=found.site, plugin=plugin, caller=caller, now=request.now)
        return accepted(operation, request.viewer)

    return transact(request, ports, attempt)


@endpoint(routes.TOGGLE)
def toggle(request: Request, ports: Ports) -> Representation:
    """Activate or deactivate a plugin, or without a body whichever it is not; an activation that breaks the site is undone."""
    wanted = None
    if request.body.strip():
        from runtime.plugins.models import TogglePlugin

        wanted = request.json(TogglePlugin).is_active
    return perform(request, ports, Toggle(request, ports, wanted))
