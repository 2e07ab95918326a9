"""The links of operations: which documents clients see, for the operations and the caller at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runtime.hateoas_endpoint.hal import Affordance, Document, Obstacle, Viewer, collection, link, resource
from runtime.hateoas_endpoint.pages import page_hrefs
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.hateoas_endpoint.request import PageRequest
from runtime.operations import routes
from runtime.operations.domain import OTHER_SITE, Operation, OperationType
from runtime.operations.rows import operation_row
from runtime.operations.steering import may_steer
from runtime.portal.routes import ENTRY
from runtime.sites.routes import GET as SITE

_SHOWN = (
    "operationId",
    "tenantId",
    "siteId",
    "operationType",
    "status",
    "progress",
    "message",
    "error",
    "attempts",
    "createdAt",
    "createdBy",
    "startedAt",
    "completedAt",
    "correlationId",
    "rolledBack",
)
_OTHER_SITE = {OperationType.SITE_CLONE: "source", OperationType.SITE_PROMOTION: "target"}
"""What the second site of an operation is to it."""

_STEP_SHOWN = ("name", "status", "startedAt", "endedAt", "attempts")


def operation_document(operation: Operation, viewer: Viewer, *, retry_refusal: BusinessException | None) -> Document:
    """An operation, with what this caller may do about it now."""
    row = operation_row(operation)
    body = {name: row[name] for name in _SHOWN if name in row}
    body["steps"] = [{name: step[name] for name in _STEP_SHOWN if name in step} for step in row["steps"]]
    parameters = {"operationId": operation.operation_id}
    steering = (
        Affordance(routes.CANCEL, parameters, Obstacle.of(operation.cancel_refusal()), operation.tenant_id),
        Affordance(routes.RETRY, parameters, Obstacle.of(retry_refusal), operation.tenant_id),
    )
    steers = viewer.principal is not None and may_steer(operation, viewer.principal)
    site = {"tenantId": operation.tenant_id, "siteId": operation.site_id}
    links = {"resource": link(SITE, site)}
    if operation.operation_type in _OTHER_SITE:
        links[_OTHER_SITE[operation.operation_type]] = link(SITE, {**site, "siteId": operation.input[OTHER_SITE]})
    return resource(
        body,
        self_link={"href": routes.GET.href(parameters)},
        viewer=viewer,
        affordances=steering if steers else (),
        links=links,
    )


def page_document(
    operations: Sequence[Operation],
    position: str | None,
    *,
    page: PageRequest,
    viewer: Viewer,
    refusals: Mapping[str, BusinessException | None],
) -> Document:
    """A page of operations; ``position`` is where the next one begins, None on the last."""
    own, following = page_hrefs(routes.LIST, {}, page, position)
    return collection(
        "operations",
        [operation_document(each, viewer, retry_refusal=refusals[each.operation_id]) for each in operations],
        self_href=own,
        next_href=following,
        viewer=viewer,
        links={"entry": link(ENTRY)},
    )
