"""The routes of operations. Their paths name no tenant: it is the operation's own, or the caller's."""

from __future__ import annotations

from runtime.hateoas_endpoint.route import PAGE_SIZE, START_AT, Access, Parameter, Role, Route
from runtime.ids import PATTERNS

_HANDLERS = "runtime.operations.handlers"
_DOCUMENT = "runtime.operations.documents.OperationDocument"
_READERS = frozenset(Role)
_STEERING = frozenset({Role.USER, Role.ADMIN, Role.STAFF})

TENANT = Parameter(
    name="tenantId",
    description="Only operations of this tenant; needed by callers with more than ten tenants, and by STAFF.",
    pattern=PATTERNS["tenantId"],
)
STATUS = Parameter(
    name="status",
    description="Only operations of this status.",
    one_of=("PENDING", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"),
)
SITE = Parameter(name="siteId", description="Only operations on this site.", pattern=PATTERNS["siteId"])
TYPE = Parameter(
    name="operationType",
    description="Only operations of this type.",
    one_of=(
        "SITE_CREATION",
        "SITE_UPDATE",
        "SITE_DELETION",
        "SITE_CLONE",
        "SITE_PROMOTION",
        "PLUGIN_UPDATE",
        "SITE_RESTORE",
    ),
)
WAIT = Parameter(name="wait", description="Seconds to wait for the operation to end before answering.", between=(0, 20))

LIST = Route(
    name="ListOperations",
    method="GET",
    path="/operations",
    relation="operations",
    title="Operations, newest first",
    handler=f"{_HANDLERS}.list_operations",
    response="runtime.operations.documents.OperationPage",
    access=Access.SIGNED_IN,
    query=(TENANT, STATUS, SITE, TYPE, PAGE_SIZE, START_AT),
    codes=("INVALID_CURSOR", "TENANT_ACCESS_DENIED"),
)
GET = Route(
    name="GetOperation",
    method="GET",
    path="/operations/{operationId}",
    relation="operation",
    title="The operation",
    handler=f"{_HANDLERS}.get",
    response=_DOCUMENT,
    access=Access.RESOURCE,
    roles=_READERS,
    query=(WAIT,),
    codes=("OP_001",),
)
CANCEL = Route(
    name="CancelOperation",
    method="POST",
    path="/operations/{operationId}/cancel",
    relation="cancel",
    title="Call the operation off before it begins",
    handler=f"{_HANDLERS}.cancel",
    response=_DOCUMENT,
    access=Access.RESOURCE,
    roles=_STEERING,
    codes=("OP_001", "INVALID_STATE", "PRECONDITION_FAILED"),
)
RETRY = Route(
    name="RetryOperation",
    method="POST",
    path="/operations/{operationId}/retry",
    relation="retry",
    title="Try the failed operation again",
    handler=f"{_HANDLERS}.retry",
    response=_DOCUMENT,
    access=Access.RESOURCE,
    roles=_STEERING,
    success=202,
    codes=(
        "OP_001",
        "SITE_002",
        "INVALID_STATE",
        "SITE_005",
        "OPERATION_IN_PROGRESS",
        "TENANT_NOT_FOUND",
        "TENANT_NOT_ACTIVE",
        "RATE_LIMITED",
        "PRECONDITION_FAILED",
    ),
)

ROUTES = (LIST, GET, CANCEL, RETRY)
