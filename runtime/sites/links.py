"""The links of sites: which documents clients see, for the sites and the caller at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runtime.hateoas_endpoint.hal import Affordance, Document, Obstacle, Viewer, collection, link, resource
from runtime.hateoas_endpoint.pages import page_hrefs
from runtime.hateoas_endpoint.request import PageRequest
from runtime.operations import routes as operations
from runtime.portal.routes import ENTRY
from runtime.sites import routes
from runtime.sites.domain import Site
from runtime.sites.rows import site_row
from runtime.tenants.domain import Tenant, not_active

_SHOWN = (
    "siteId",
    "tenantId",
    "siteName",
    "subdomain",
    "url",
    "environment",
    "status",
    "healthStatus",
    "wordpressVersion",
    "phpVersion",
    "createdAt",
    "createdBy",
    "updatedAt",
    "promotedFrom",
    "clonedFrom",
    "restorableUntil",
    "version",
)


def site_document(site: Site, tenant: Tenant, viewer: Viewer, now: datetime) -> Document:
    """A site, with what this caller may do with it now."""
    row = site_row(site) | {"version": site.version_at(now)}
    parameters = {"tenantId": site.tenant_id, "siteId": site.site_id}
    principal = viewer.principal
    changing = principal is not None and site.may_be_changed_by(principal.role_in(site.tenant_id), principal.sub)
    changes = (
        Affordance(routes.UPDATE, parameters, Obstacle.of(site.update_refusal(tenant))),
        Affordance(routes.DELETE, parameters, Obstacle.of(site.delete_refusal(tenant, hard=False))),
        Affordance(routes.DELETE_PERMANENTLY, parameters, Obstacle.of(site.delete_refusal(tenant, hard=True))),
        Affordance(routes.RESTORE, parameters, Obstacle.of(site.restore_refusal(tenant, now))),
    )
    links: Document = {"sites": link(routes.LIST, parameters)}
    if site.active_operation:
        links["operation"] = link(operations.GET, {"operationId": site.active_operation})
    return resource(
        {name: row[name] for name in _SHOWN if name in row},
        self_link={"href": routes.GET.href(parameters)},
        viewer=viewer,
        affordances=changes if changing else (),
        links=links,
    )


def page_document(
    sites: Sequence[Site], position: str | None, *, tenant: Tenant, page: PageRequest, viewer: Viewer, now: datetime
) -> Document:
    """A page of sites; ``position`` is where the next one begins, None on the last."""
    own, following = page_hrefs(routes.LIST, {"tenantId": tenant.tenant_id}, page, position)
    return collection(
        "sites",
        [site_document(site, tenant, viewer, now) for site in sites],
        self_href=own,
        next_href=following,
        viewer=viewer,
        affordances=[create_affordance(tenant)],
        links={"entry": link(ENTRY)},
    )


def create_affordance(tenant: Tenant) -> Affordance:
    """Creating a site, which only an active tenant takes."""
    obstacle = None if tenant.is_active else Obstacle.of(not_active())
    return Affordance(routes.CREATE, {"tenantId": tenant.tenant_id}, obstacle)
