"""The handlers of the operation endpoints."""

from __future__ import annotations

from datetime import timedelta

from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.idempotency import transact
from runtime.hateoas_endpoint.preconditions import not_modified
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code, ValidationException, Violation
from runtime.hateoas_endpoint.representation import Representation, media_type_for
from runtime.hateoas_endpoint.request import Request
from runtime.ids import OPERATION_ID
from runtime.operations import links, routes, service
from runtime.operations.answers import accepted, found
from runtime.operations.domain import Operation
from runtime.operations.measures import measure_end
from runtime.ports import Ports
from runtime.table.unit import Unit

MAX_TENANTS = 10
"""How many tenants' operations one list takes in; callers with more name one."""

LOOK_SECONDS = 0.5
"""Between two looks at an operation that somebody waits for."""


@endpoint(routes.LIST)
def list_operations(request: Request, ports: Ports) -> Representation:
    """List the operations of the caller's tenants, newest first."""
    page = request.page()
    after = request.position(page, OPERATION_ID)
    tenant_ids = _tenants(request.principal, page.filters.get("tenantId"))
    operations, position = service.read_page(ports.table, tenant_ids, filters=page.filters, size=page.size, after=after)
    refusals = service.retry_refusals(ports.table, operations, request.now)
    document = links.page_document(operations, position, page=page, viewer=request.viewer, refusals=refusals)
    return Representation(document=document, media_type=media_type_for(document))


@endpoint(routes.GET)
def get(request: Request, ports: Ports) -> Representation:
    """Get an operation, at once or when it has ended."""
    operation = _awaited(request, ports)
    if not_modified(request.if_none_match, operation.version):
        return Representation(document=None, status=304, version=operation.version)
    refusal = service.retry_refusals(ports.table, [operation], request.now)[operation.operation_id]
    return found(operation, request.viewer, retry_refusal=refusal)


@endpoint(routes.CANCEL)
def cancel(request: Request, ports: Ports) -> Representation:
    """Call off a pending operation."""
    ended: list[Operation] = []

    def attempt(unit: Unit) -> Representation:
        cancelled = service.cancel(
            unit, operation_id=request.parameters["operationId"], principal=request.principal,
            if_match=request.if_match, now=request.now,
        )  # fmt: skip
        ended[:] = [cancelled]
        return found(cancelled, request.viewer, retry_refusal=cancelled.retry_refusal())

    answer = transact(request, ports, attempt)
    if not answer.is_replay:
        measure_end(ended[0])
    return answer


@endpoint(routes.RETRY)
def retry(request: Request, ports: Ports) -> Representation:
    """Try a failed operation again."""

    def attempt(unit: Unit) -> Representation:
        reopened = service.retry(
            unit, operation_id=request.parameters["operationId"], principal=request.principal,
            if_match=request.if_match, now=request.now,
        )  # fmt: skip
        return accepted(reopened, request.viewer)

    return transact(request, ports, attempt)


def _tenants(principal: Principal, named: str | None) -> list[str]:
    """The tenants whose operations are listed; VALIDATION_ERROR for a caller who has to name one."""
    if named is not None:
        if principal.role_in(named) is None:
            raise BusinessException(Code.TENANT_ACCESS_DENIED, "Your token does not name this tenant.")
        return [named]
    if principal.is_staff or len(principal.tenant_ids) > MAX_TENANTS:
        detail = f"tenantId: name a tenant, because you have more than {MAX_TENANTS}."
        raise ValidationException(Violation("?tenantId", "REQUIRED", detail))
    return [tenant_id for tenant_id in principal.tenant_ids if principal.role_in(tenant_id)]


def _awaited(request: Request, ports: Ports) -> Operation:
    """The operation, looked at again until it has ended or the caller's patience has."""
    until = request.now + timedelta(seconds=int(request.query.get("wait", 0)))
    while True:
        operation = service.read(ports.table, request.parameters["operationId"], request.principal)
        if not operation.status.is_open or ports.now() >= until:
            return operation
        ports.pause(LOOK_SECONDS)
