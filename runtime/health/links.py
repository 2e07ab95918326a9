"""The links of health and status: which documents clients see, for the site and the caller at hand."""

from __future__ import annotations

from typing import Any

from runtime.clock import iso
from runtime.hateoas_endpoint.hal import Document, Viewer, link, resource
from runtime.health import routes
from runtime.health.domain import Check, HealthReport, HealthStatus
from runtime.health.service import Known
from runtime.operations import routes as operations
from runtime.operations.domain import Operation
from runtime.plugins.entrances import list_affordance
from runtime.sites import routes as sites
from runtime.sites.domain import Site


def health_document(site: Site, report: HealthReport, viewer: Viewer) -> Document:
    """How a site is, with where its plugins are found."""
    parameters = _parameters(site)
    body = {
        "siteId": site.site_id,
        "tenantId": site.tenant_id,
        "status": report.status.value,
        "score": report.score,
        "checkedAt": iso(report.checked_at),
        "checks": [_check(check) for check in report.checks],
    }
    return resource(
        body,
        self_link={"href": routes.HEALTH.href(parameters)},
        viewer=viewer,
        links={"site": link(sites.GET, parameters), "status": link(routes.STATUS, parameters)},
        affordances=[list_affordance(site)],
    )


def status_document(known: Known, viewer: Viewer) -> Document:
    """What is known of a site, with the way to the operation that is at work on it."""
    site, parameters = known.site, _parameters(known.site)
    links: Document = {"site": link(sites.GET, parameters), "health": link(routes.HEALTH, parameters)}
    if site.active_operation:
        links["operation"] = link(operations.GET, {"operationId": site.active_operation})
    body = {
        "siteId": site.site_id,
        "tenantId": site.tenant_id,
        "environment": site.environment.value,
        "status": site.status.value,
        "health": _last_health(known.report),
        "operation": known.operation and _operation(known.operation),
        "lastPromotion": site.last_promotion,
        "wordpressVersion": site.wordpress_version,
        "phpVersion": site.php_version,
        "updatedAt": iso(site.updated_at),
    }
    return resource(_present(body), self_link={"href": routes.STATUS.href(parameters)}, viewer=viewer, links=links)


def _parameters(site: Site) -> dict[str, str]:
    return {"tenantId": site.tenant_id, "siteId": site.site_id}


def _check(check: Check) -> Document:
    names = ("name", "status", "value", "threshold", "detail")
    return _present({name: getattr(check, name) for name in names})


def _last_health(report: HealthReport | None) -> Document:
    if report is None:
        return {"status": HealthStatus.UNKNOWN.value}
    return {"status": report.status.value, "score": report.score, "checkedAt": iso(report.checked_at)}


def _operation(operation: Operation) -> Document:
    body = {
        "operationId": operation.operation_id,
        "operationType": operation.operation_type.value,
        "status": operation.status.value,
        "progress": operation.progress,
        "step": operation.current and operation.current.name,
    }
    return _present(body)


def _present(body: dict[str, Any]) -> Document:
    """What a body has: no member of a response is ever null."""
    return {name: value for name, value in body.items() if value is not None}
