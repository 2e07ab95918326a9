"""The handlers of the health and status endpoints."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.representation import Representation
from runtime.hateoas_endpoint.request import Request
from runtime.health import links, routes, service
from runtime.ports import Ports

if TYPE_CHECKING:
    from runtime.health.certificates import Certificates


@endpoint(routes.HEALTH)
def get_health(request: Request, ports: Ports) -> Representation:
    """Look at the site's WordPress, and say how it is; 200 whatever it does, within five seconds."""
    from runtime.health.certificates import certificates_by  # only here: the status needs no TLS

    return health(request, ports, certificates=certificates_by(os.environ["WORDPRESS_GATEWAY"]))


@endpoint(routes.STATUS)
def get_status(request: Request, ports: Ports) -> Representation:
    """Say what is known of the site; WordPress is never asked."""
    known = service.read_status(ports.table, request.tenant_id, request.parameters["siteId"])
    return Representation(document=links.status_document(known, request.viewer))


def health(request: Request, ports: Ports, *, certificates: Certificates) -> Representation:
    """The answer of get_health, with the certificates of sites seen as they are given."""
    from runtime.health.measures import measure

    started = time.monotonic()
    known = service.read(ports.table, request.tenant_id, request.parameters["siteId"])
    report = service.examine(known, ports, certificates, started=started, now=request.now)
    measure([report])
    return Representation(document=links.health_document(known.site, report, request.viewer))
