"""The links by which documents of other contexts lead to plugins; apart, so that those need not import what plugins take."""

from __future__ import annotations

from runtime.hateoas_endpoint.hal import Affordance, Document, Obstacle
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.plugins import routes
from runtime.sites.domain import Site, SiteStatus


def list_affordance(site: Site) -> Affordance:
    """Listing a site's plugins, for the document of that site."""
    return Affordance(routes.LIST, {"siteId": site.site_id}, Obstacle.of(list_refusal(site)), site.tenant_id)


def list_refusal(site: Site) -> BusinessException | None:
    """What forbids to ask a site for its plugins, if anything does: it has to be running, whatever else is at work on it."""
    if site.status is SiteStatus.ACTIVE:
        return None
    detail = f"A site that is {site.status} cannot be asked for its plugins."
    return BusinessException(Code.SITE_005, detail, extra={"currentStatus": site.status.value})


def template_link() -> Document:
    """The link to any plugin of the marketplace, for whoever has its id."""
    return {"href": routes.GET.path, "templated": True, "title": routes.GET.title}
