"""The answers that tell of one operation: what was accepted, and what was asked for."""

from __future__ import annotations

from runtime.hateoas_endpoint.hal import Viewer
from runtime.hateoas_endpoint.problem import BusinessException, retry_after
from runtime.hateoas_endpoint.representation import Representation, media_type_for
from runtime.operations import routes
from runtime.operations.domain import Operation
from runtime.operations.links import operation_document

POLL_SECONDS = 2
"""What Retry-After asks of whoever polls an unfinished operation."""


def accepted(operation: Operation, viewer: Viewer) -> Representation:
    """202 with the operation, and where it is found from now on."""
    document = operation_document(operation, viewer, retry_refusal=operation.retry_refusal())
    return Representation(
        document=document,
        status=202,
        version=operation.version,
        location=routes.GET.href({"operationId": operation.operation_id}),
        media_type=media_type_for(document),
        headers=retry_after(POLL_SECONDS),
    )


def found(operation: Operation, viewer: Viewer, *, retry_refusal: BusinessException | None) -> Representation:
    """200 with the operation, however it ended."""
    document = operation_document(operation, viewer, retry_refusal=retry_refusal)
    return Representation(
        document=document,
        version=operation.version,
        media_type=media_type_for(document),
        headers=retry_after(POLL_SECONDS) if operation.status.is_open else {},
    )
