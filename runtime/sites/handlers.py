"""The handlers of the site endpoints."""

from __future__ import annotations

from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.idempotency import transact
from runtime.hateoas_endpoint.preconditions import not_modified
from runtime.hateoas_endpoint.representation import Representation, media_type_for
from runtime.hateoas_endpoint.request import Request
from runtime.ids import RANDOM_BYTES, SITE_ID, new_id
from runtime.operations.answers import accepted
from runtime.ports import Ports
from runtime.sites import copying, links, routes, service
from runtime.sites.accepting import Caller
from runtime.sites.domain import Environment, Site, SiteStatus
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant
from runtime.tenants.rows import existing_tenant, tenant_key


@endpoint(routes.LIST)
def list_sites(request: Request, ports: Ports) -> Representation:
    """List a tenant's sites, newest first."""
    page = request.page()
    after = request.position(page, SITE_ID)
    environment = Environment(page.filters["environment"]) if "environment" in page.filters else None
    status = SiteStatus(page.filters["status"]) if "status" in page.filters else None
    tenant = existing_tenant(ports.table.get([tenant_key(request.tenant_id)])[0])
    sites, position = service.read_page(
        ports.table, request.tenant_id, environment=environment, status=status, size=page.size, after=after
    )
    targets = service.targets_of(ports.table, sites)
    document = links.page_document(
        sites, position, tenant=tenant, targets=targets, page=page, viewer=request.viewer, now=request.now
    )
    return Representation(document=document, media_type=media_type_for(document))


@endpoint(routes.CREATE)
def create(request: Request, ports: Ports) -> Representation:
    """Accept a new site."""
    from runtime.sites.models import CreateSite

    body = request.json(CreateSite)
    site_id = new_id("site", now=request.now, random=ports.entropy(RANDOM_BYTES))

    def attempt(unit: Unit) -> Representation:
        operation = service.create(
            unit, ports, tenant_id=request.tenant_id, site_id=site_id, site_name=body.site_name, subdomain=body.subdomain,
            environment=body.environment, plugins=body.plugins, caller=_caller(request), now=request.now,
        )  # fmt: skip
        return accepted(operation, request.viewer)

    return transact(request, ports, attempt)


@endpoint(routes.GET)
def get(request: Request, ports: Ports) -> Representation:
    """Get a site."""
    site, tenant = service.read(ports.table, request.tenant_id, request.parameters["siteId"])
    version = site.version_at(request.now)
    if not_modified(request.if_none_match, version):
        return Representation(document=None, status=304, version=version)
    target = service.targets_of(ports.table, [site]).get(site.promoted_to or "")
    return _site(site, tenant, target, request)


@endpoint(routes.UPDATE)
def update(request: Request, ports: Ports) -> Representation:
    """Accept other settings of a site; 200 with the site where it has them already."""
    from runtime.sites.models import UpdateSite

    body = request.json(UpdateSite)

    def attempt(unit: Unit) -> Representation:
        operation, site, tenant = service.update(
            unit, ports, tenant_id=request.tenant_id, site_id=request.parameters["siteId"], site_name=body.site_name,
            status=SiteStatus(body.status) if body.status else None, caller=_caller(request), now=request.now,
        )  # fmt: skip
        if operation:
            return accepted(operation, request.viewer)
        target = service.targets_of(ports.table, [site]).get(site.promoted_to or "")
        return _site(site, tenant, target, request)

    return transact(request, ports, attempt)


@endpoint(routes.DELETE)
def delete(request: Request, ports: Ports) -> Representation:
    """Accept the deletion of a site."""
    confirm = request.query.get("confirm")
    if request.body.strip():
        from runtime.sites.models import DeleteSite

        confirm = request.json(DeleteSite).confirm or confirm

    def attempt(unit: Unit) -> Representation:
        operation = service.delete(
            unit, ports, tenant_id=request.tenant_id, site_id=request.parameters["siteId"],
            hard=request.query.get("hard") == "true", confirm=confirm, caller=_caller(request), now=request.now,
        )  # fmt: skip
        return accepted(operation, request.viewer)

    return transact(request, ports, attempt)


@endpoint(routes.RESTORE)
def restore(request: Request, ports: Ports) -> Representation:
    """Accept that a softly deleted site is restored."""

    def attempt(unit: Unit) -> Representation:
        operation = service.restore(
            unit, ports, tenant_id=request.tenant_id, site_id=request.parameters["siteId"],
            caller=_caller(request), now=request.now,
        )  # fmt: skip
        return accepted(operation, request.viewer)

    return transact(request, ports, attempt)


@endpoint(routes.CLONE)
def clone(request: Request, ports: Ports) -> Representation:
    """Accept a copy of a site."""
    from runtime.sites.models import CloneSite

    body = request.json(CloneSite)
    copy_id = new_id("site", now=request.now, random=ports.entropy(RANDOM_BYTES))

    def attempt(unit: Unit) -> Representation:
        operation = copying.clone(
            unit, ports, tenant_id=request.tenant_id, source_id=request.parameters["siteId"], copy_id=copy_id,
            site_name=body.site_name, subdomain=body.subdomain, environment=body.target_environment,
            caller=_caller(request), now=request.now,
        )  # fmt: skip
        return accepted(operation, request.viewer)

    return transact(request, ports, attempt)


@endpoint(routes.PROMOTE)
def promote(request: Request, ports: Ports) -> Representation:
    """Accept a promotion, or tell what it would do."""
    from runtime.sites.models import PromoteSite

    body = request.json(PromoteSite)
    new_target = new_id("site", now=request.now, random=ports.entropy(RANDOM_BYTES))
    rules = copying.ContentRules(
        users=body.users, comments=body.comments, uploads=body.uploads,
        keep_tables=tuple(body.keep_tables), keep_options=tuple(body.keep_options),
    )  # fmt: skip

    def attempt(unit: Unit) -> Representation:
        promotion = copying.plan(
            unit, ports, tenant_id=request.tenant_id, source_id=request.parameters["siteId"], new_id=new_target,
            environment=body.target_environment, rules=rules, caller=_caller(request), now=request.now,
        )  # fmt: skip
        if request.query.get("dryRun") == "true":
            document = links.plan_document(promotion, request.viewer)
            return Representation(document=document, media_type=media_type_for(document))
        operation = copying.promote(unit, ports, promotion, notes=body.notes, caller=_caller(request), now=request.now)
        return accepted(operation, request.viewer)

    return transact(request, ports, attempt)


def _caller(request: Request) -> Caller:
    return Caller(principal=request.principal, correlation_id=request.correlation_id, if_match=request.if_match)


def _site(site: Site, tenant: Tenant, target: Site | None, request: Request) -> Representation:
    document = links.site_document(site, tenant, target, request.viewer, request.now)
    return Representation(document=document, version=site.version_at(request.now), media_type=media_type_for(document))
