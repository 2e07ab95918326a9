"""The links of the entry point, gathered from every context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from runtime.hateoas_endpoint import cursor
from runtime.hateoas_endpoint.hal import Affordance, Document, Viewer, collection, link, resource
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.request import PageRequest
from runtime.invitations import routes as invitations
from runtime.invitations.links import create_affordance as create_invitation
from runtime.operations import routes as operations
from runtime.plugins.entrances import template_link
from runtime.portal.routes import ENTRY
from runtime.sites import routes as sites
from runtime.sites.links import create_affordance as create_site
from runtime.tenants.domain import Tenant


def entry_document(
    tenants: Sequence[Tenant], position: str | None, *, page: PageRequest, principal: Principal, viewer: Viewer
) -> Document:
    """What the caller may do in each of their tenants, and as an invitee."""
    size = {"pageSize": str(page.size)}
    following = None if position is None else size | {"startAt": cursor.encode(ENTRY, page.filters, position)}
    own = size | {"startAt": page.after} if page.after else {}
    return collection(
        "tenants",
        [_tenant_document(tenant, principal, viewer) for tenant in tenants],
        self_href=_page(own),
        next_href=_page(following) if following else None,
        viewer=viewer,
        affordances=[Affordance(invitations.ACCEPT), Affordance(invitations.DECLINE)],
        links={"plugin": template_link()},
        body={"userId": principal.sub, "email": principal.email},
    )


def _page(query: Mapping[str, str]) -> str:
    return f"{ENTRY.path}?{urlencode(query)}" if query else ENTRY.path


def _tenant_document(tenant: Tenant, principal: Principal, viewer: Viewer) -> Document:
    parameters = {"tenantId": tenant.tenant_id}
    role = principal.role_in(tenant.tenant_id)
    body = {"tenantId": tenant.tenant_id, "name": tenant.name, "status": tenant.status.value}
    affordances = [
        Affordance(sites.LIST, parameters),
        create_site(tenant),
        Affordance(invitations.LIST, parameters),
        create_invitation(tenant),
    ]
    operations_here = {"operations": {**link(operations.LIST), "href": f"{operations.LIST.path}?{urlencode(parameters)}"}}
    # A tenant is no resource with an address of its own: it is the part of the entry point that is about it.
    itself = {"href": f"{ENTRY.path}#{tenant.tenant_id}"}
    return resource(
        body | ({"role": role.value} if role else {}),
        self_link=itself,
        viewer=viewer,
        affordances=affordances,
        links=operations_here if role else {},
    )
