"""The routes of plugins: what the marketplace says of one, and those that are installed on a site."""

from __future__ import annotations

from runtime.hateoas_endpoint.route import PAGE_SIZE, START_AT, Access, Parameter, Role, Route

_COLLECTION = "/sites/{siteId}/plugins"
_ITEM = f"{_COLLECTION}/{{pluginId}}"
_HANDLERS = "runtime.plugins.handlers"
_DOCUMENTS = "runtime.plugins.documents"
_READERS = frozenset(Role)
_CHANGING = frozenset({Role.USER, Role.ADMIN, Role.STAFF})
_SITE_CODES = ("SITE_002", "SITE_005", "WP_001", "WP_002")
_CHANGE_CODES = (
    *_SITE_CODES,
    "TENANT_NOT_FOUND",
    "TENANT_NOT_ACTIVE",
    "OPERATION_IN_PROGRESS",
    "PLUG_001",
    "PLUG_002",
    "PLUG_003",
)

FRESH = Parameter(
    name="fresh",
    description="Let the site ask for newer versions first, which it otherwise does once an hour.",
    one_of=("true", "false"),
)

GET = Route(
    name="GetPlugin",
    method="GET",
    path="/plugins/{pluginId}",
    relation="plugin",
    title="What the marketplace says of the plugin",
    handler=f"{_HANDLERS}.get",
    response=f"{_DOCUMENTS}.PluginDocument",
    access=Access.SIGNED_IN,
    codes=("PLUG_001",),
)
LIST = Route(
    name="ListSitePlugins",
    method="GET",
    path=_COLLECTION,
    relation="plugins",
    title="The plugins that are installed on the site",
    handler=f"{_HANDLERS}.list_installed",
    response=f"{_DOCUMENTS}.InstalledPluginPage",
    access=Access.RESOURCE,
    roles=_READERS,
    query=(FRESH, PAGE_SIZE, START_AT),
    codes=("INVALID_CURSOR", "TENANT_NOT_FOUND", *_SITE_CODES),
)
UPDATE = Route(
    name="UpdateSitePlugin",
    method="PUT",
    path=_ITEM,
    relation="update",
    title="Update the plugin to its latest version",
    handler=f"{_HANDLERS}.update",
    response="runtime.operations.documents.OperationDocument",
    access=Access.RESOURCE,
    roles=_CHANGING,
    success=202,
    unchanged=f"{_DOCUMENTS}.InstalledPluginDocument",
    codes=(*_CHANGE_CODES, "INVALID_STATE", "RATE_LIMITED"),
)
TOGGLE = Route(
    name="ToggleSitePlugin",
    method="POST",
    path=f"{_ITEM}/toggle",
    relation="toggle",
    title="Activate or deactivate the plugin",
    handler=f"{_HANDLERS}.toggle",
    request="runtime.plugins.models.TogglePlugin",
    response=f"{_DOCUMENTS}.InstalledPluginDocument",
    access=Access.RESOURCE,
    roles=_CHANGING,
    body_optional=True,
    codes=(*_CHANGE_CODES, "PLUG_004"),
)

ROUTES = (GET, LIST, UPDATE, TOGGLE)
