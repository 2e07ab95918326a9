"""The handlers of the entry point and of unknown routes."""

from __future__ import annotations

import re

from runtime.catalogue import methods_of
from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.representation import Representation, media_type_for
from runtime.hateoas_endpoint.request import Request
from runtime.portal import links, routes
from runtime.ports import Ports
from runtime.tenants.rows import read_all_tenants, read_tenants

_POSITION = re.compile(r"[!-~]{1,128}")


@endpoint(routes.ENTRY)
def entry(request: Request, ports: Ports) -> Representation:
    """Say what the caller may do: in each tenant of their token, or for staff in every tenant."""
    page, principal = request.page(), request.principal
    after = request.position(page, _POSITION)
    if principal.is_staff:
        found = read_all_tenants(ports.table, limit=page.size + 1, after=after)
        tenants, more = found[: page.size], len(found) > page.size
        position = tenants[-1].tenant_id if more else None
    else:
        ids = [tenant_id for tenant_id in sorted(principal.tenant_ids) if after is None or tenant_id > after]
        tenants = read_tenants(ports.table, ids[: page.size])
        position = ids[page.size - 1] if len(ids) > page.size else None
    document = links.entry_document(tenants, position, page=page, principal=principal, viewer=request.viewer)
    return Representation(document=document, media_type=media_type_for(document))


@endpoint(routes.UNKNOWN)
def unknown(request: Request, ports: Ports) -> Representation:  # noqa: ARG001 - every handler takes its ports
    """Answer what no route takes: 405 with Allow where the path is known under other methods, and otherwise 404."""
    if methods := methods_of(request.path):
        allow = {"Allow": ", ".join(sorted(methods))}
        raise BusinessException(Code.METHOD_NOT_ALLOWED, f"This path takes {allow['Allow']}.", headers=allow)
    raise BusinessException(Code.NOT_FOUND, "No route has this path. Start at `/` and follow its links.")
