"""The routes of health and status."""

from __future__ import annotations

from runtime.hateoas_endpoint.route import Role, Route

_SITE = "/tenants/{tenantId}/sites/{siteId}"
_HANDLERS = "runtime.health.handlers"
_DOCUMENTS = "runtime.health.documents"
_READERS = frozenset(Role)
_CODES = ("TENANT_NOT_FOUND", "SITE_002")

HEALTH = Route(
    name="GetSiteHealth",
    method="GET",
    path=f"{_SITE}/health",
    relation="health",
    title="How the site's WordPress is now",
    handler=f"{_HANDLERS}.get_health",
    response=f"{_DOCUMENTS}.HealthDocument",
    roles=_READERS,
    codes=_CODES,
)
STATUS = Route(
    name="GetSiteStatus",
    method="GET",
    path=f"{_SITE}/status",
    relation="status",
    title="What is known of the site, and what is at work on it",
    handler=f"{_HANDLERS}.get_status",
    response=f"{_DOCUMENTS}.StatusDocument",
    roles=_READERS,
    codes=_CODES,
)

ROUTES = (HEALTH, STATUS)
