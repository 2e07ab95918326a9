"""The links of sites: which documents clients see, for the sites and the caller at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from runtime.hateoas_endpoint.hal import Affordance, Document, Obstacle, Viewer, collection, link, resource
from runtime.hateoas_endpoint.pages import page_hrefs
from runtime.hateoas_endpoint.request import PageRequest
from runtime.health import routes as health
from runtime.operations import routes as operations
from runtime.plugins.entrances import list_affordance as list_plugins
from runtime.portal.routes import ENTRY
from runtime.sites import routes
from runtime.sites.domain import Site
from runtime.sites.rows import site_row
from runtime.tenants.domain import Tenant, not_active

if TYPE_CHECKING:
    from runtime.sites.copying import Promotion

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


def site_document(site: Site, tenant: Tenant, target: Site | None, viewer: Viewer, now: datetime) -> Document:
    """A site, with what this caller may do with it now; ``target`` is the site that its promotions overwrite."""
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
    copies = (
        Affordance(routes.CLONE, parameters, Obstacle.of(site.clone_refusal(tenant))),
        Affordance(routes.PROMOTE, parameters, Obstacle.of(site.promote_refusal(tenant, target))),
    )
    looks = (
        Affordance(health.HEALTH, parameters),
        Affordance(health.STATUS, parameters),
        list_plugins(site),
    )
    links: Document = {"sites": link(routes.LIST, parameters)}
    for relation, other in (("source", site.promoted_from or site.cloned_from), ("target", site.promoted_to)):
        if other:
            links[relation] = link(routes.GET, {**parameters, "siteId": other})
    if site.active_operation:
        links["operation"] = link(operations.GET, {"operationId": site.active_operation})
    return resource(
        {name: row[name] for name in _SHOWN if name in row},
        self_link={"href": routes.GET.href(parameters)},
        viewer=viewer,
        affordances=(*looks, *(changes if changing else ()), *copies),
        links=links,
    )


def page_document(
    sites: Sequence[Site], position: str | None, *, tenant: Tenant, targets: Mapping[str, Site], page: PageRequest,
    viewer: Viewer, now: datetime,
) -> Document:  # fmt: skip
    """A page of sites; ``position`` is where the next one begins, None on the last. ``targets`` are what they promote to."""
    own, following = page_hrefs(routes.LIST, {"tenantId": tenant.tenant_id}, page, position)
    return collection(
        "sites",
        [site_document(site, tenant, targets.get(site.promoted_to or ""), viewer, now) for site in sites],
        self_href=own,
        next_href=following,
        viewer=viewer,
        affordances=[create_affordance(tenant)],
        links={"entry": link(ENTRY)},
    )


def plan_document(promotion: Promotion, viewer: Viewer) -> Document:
    """What a promotion would do, with the action that does it."""
    source, target, rules = promotion.source, promotion.target, promotion.rules
    parameters = {"tenantId": source.tenant_id, "siteId": source.site_id}
    known = {} if promotion.is_first else {"siteId": target.site_id}
    place = {"siteName": target.site_name, "url": target.url, "environment": target.environment.value}
    links: Document = {"site": link(routes.GET, parameters)}
    if not promotion.is_first:
        links["target"] = link(routes.GET, {**parameters, **known})
    return resource(
        {
            **parameters,
            "target": {**known, **place, "exists": not promotion.is_first},
            "steps": list(promotion.steps),
            **promotion.consequences,
            "rules": rules.as_input(),
        },
        self_link={"href": f"{routes.PROMOTE.href(parameters)}?dryRun=true", "method": "POST"},
        viewer=viewer,
        affordances=[Affordance(routes.PROMOTE, parameters)],
        links=links,
    )


def create_affordance(tenant: Tenant) -> Affordance:
    """Creating a site, which only an active tenant takes."""
    obstacle = None if tenant.is_active else Obstacle.of(not_active())
    return Affordance(routes.CREATE, {"tenantId": tenant.tenant_id}, obstacle)
