"""The API's description in OpenAPI 3.1, made of the routes, codes and models that run, so that it cannot say anything else."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from importlib import import_module

from runtime.hateoas_endpoint.documents import ProblemDocument
from runtime.hateoas_endpoint.hal import HAL, HAL_FORMS, Document
from runtime.hateoas_endpoint.problem import MEDIA_TYPE, Code
from runtime.hateoas_endpoint.request import CORRELATION_ID, IDEMPOTENCY_KEY, MAX_BODY_BYTES
from runtime.hateoas_endpoint.route import Access, Parameter, Route
from runtime.hateoas_endpoint.schemas import REFERENCE, component_schemas
from runtime.ids import PATTERNS

VERSION = "1.0.0"
DESCRIPTION = f"""\
The hypermedia API of the BBWS customer portal. Start at `GET /` and follow the links: an action is linked exactly when you may
do it now, and stands in `_unavailable` with the reason when the state forbids it for now. Name `{HAL_FORMS}` in `Accept` and
each action also has its template in `_templates`.

Unknown query parameters and members of bodies are refused. Unknown paths and methods answer as the responses NOT_FOUND and
METHOD_NOT_ALLOWED say. The gateway itself, before any of this, answers a throttled call with 429 `{{"message": ...}}`."""

BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
ACCEPTED = 202
UNROUTED = (Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED)

_TAG: Document = {"type": "string", "pattern": '^"v[0-9]+"$'}
_CORRELATION: Document = {"type": "string", "pattern": f"^{CORRELATION_ID.pattern}$"}
REQUEST_HEADERS: Mapping[str, tuple[str, Document]] = {
    "X-Correlation-Id": ("Yours to find this call again; one that is not well formed counts as none.", {"type": "string"}),
    "Idempotency-Key": (
        "Makes a retry safe: for 24 hours the same key with the same body gets the first answer again.",
        {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"},
    ),
    "If-Match": ("The entity tag you decided upon; a stale one is refused with PRECONDITION_FAILED.", {"type": "string"}),
    "If-None-Match": ("The entity tag you have; if it is still the present one the answer is 304.", {"type": "string"}),
}
RESPONSE_HEADERS: Mapping[str, tuple[str, Document]] = {
    "X-Correlation-Id": ("The request's own, or one that was made for it.", _CORRELATION),
    "ETag": ("The version of the resource.", _TAG),
    "Location": ("The path of what was made.", {"type": "string"}),
    "Idempotency-Replayed": ("There when this is the first answer to the Idempotency-Key again.", {"const": "true"}),
    "Retry-After": ("In how many seconds to try again.", {"type": "integer", "minimum": 1}),
    "Allow": ("The methods that the path takes.", {"type": "string"}),
}
GATEWAY_MESSAGE: Document = {
    "description": "What the gateway itself says, before the API sees the request.",
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
}


def describe(routes: Iterable[Route]) -> Document:
    """The OpenAPI document of a catalogue; a route that is no path, the one for everything unknown, is not in it."""
    described = [route for route in routes if route.path.startswith("/")]
    versioned = {route.response for route in described if route.method == "GET" and route.path.endswith("}")}
    polled = {route.response for route in described if route.success == ACCEPTED}
    schemas, references = component_schemas(described)
    paths: dict[str, Document] = {}
    for route in described:
        operation = _operation(route, references, versioned=versioned, polled=route.response in polled)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    token = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The ID token of the Cognito user pool."}
    return {
        "openapi": "3.1.1",
        "info": {"title": "BBWS customer portal", "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in sorted({_tag(route) for route in described})],
        "paths": paths,
        "components": {
            "securitySchemes": {"idToken": token},
            "parameters": {
                name: {"name": name, "in": "header", "description": text, "schema": schema}
                for name, (text, schema) in REQUEST_HEADERS.items()
            },
            "headers": {name: {"description": text, "schema": schema} for name, (text, schema) in RESPONSE_HEADERS.items()},
            "responses": {code.name: _problem(code.status, [code], None) for code in UNROUTED},
            "schemas": {**schemas, "GatewayMessage": GATEWAY_MESSAGE},
        },
    }


def codes_of(route: Route) -> list[Code]:
    """Every code that a client of a route has to expect: its own, and those that follow from what it is."""
    codes = {Code.VALIDATION_ERROR, Code.SYS_001, *(Code[name] for name in route.codes)}
    if route.access is not Access.PUBLIC:
        codes |= {Code.UNAUTHORIZED} | ({Code.TENANT_ACCESS_DENIED} if route.tenant_scoped else set())
    if route.access is Access.ROLES or (route.access is Access.RESOURCE and route.method != "GET"):
        codes.add(Code.FORBIDDEN)
    if route.method in BODY_METHODS or route.request:
        codes |= {Code.PAYLOAD_TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE}
    if route.method == "POST":
        codes |= {Code.IDEMPOTENCY_KEY_REUSED, Code.IDEMPOTENCY_IN_FLIGHT}
    if route.method != "GET":
        codes.add(Code.WRITE_CONFLICT)
    return [code for code in Code if code in codes]


def _operation(route: Route, references: Mapping[str, Document], *, versioned: Container[str], polled: bool) -> Document:
    codes, tagged = codes_of(route), route.response in versioned
    roles = sorted(route.roles, key=lambda role: role.rank)
    admitted = f"For {', '.join(roles)}" if roles else route.public_reason or "For anybody signed in"
    headers = [*(["ETag"] if tagged else []), *(["Location"] if route.success in {201, ACCEPTED} else [])]
    headers += ["Retry-After"] if polled and (route.success == ACCEPTED or route.method == "GET") else []
    responses = {str(route.success): _success(route, references[route.response], headers)}
    if route.unchanged:
        responses["200"] = _success(route, references[route.unchanged], ["ETag"] if route.unchanged in versioned else [])
    if route.method == "GET" and tagged:
        responses["304"] = {"description": "You have the present version.", "headers": _headers("X-Correlation-Id", "ETag")}
    for status in sorted({code.status for code in codes}):
        responses[str(status)] = _problem(status, [code for code in codes if code.status == status], route)
    operation: Document = {
        "operationId": route.name,
        "summary": route.title,
        "description": f"{_handler_says(route)}\n\n{admitted.rstrip('.')}. Its link relation is `{route.relation}`.",
        "tags": [_tag(route)[0]],
        "security": [] if route.access is Access.PUBLIC else [{"idToken": []}],
        "parameters": _parameters(route, codes, versioned=tagged),
        "responses": responses,
    }
    if route.method in BODY_METHODS or route.request:
        schema = references[route.request] if route.request else {"type": "object", "maxProperties": 0}
        body = f"At most {MAX_BODY_BYTES} bytes." if route.request else "Leave it out, or send an empty object."
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {
            "description": body,
            "required": route.request is not None and not route.body_optional and route.method != "DELETE",
            "content": content,
        }
    return operation


def _parameters(route: Route, codes: Sequence[Code], *, versioned: bool) -> list[Document]:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{PATTERNS[name].pattern}$"}}
        for name in route.parameters
    ]
    query = [{"name": p.name, "in": "query", "description": p.description, "schema": _query_schema(p)} for p in route.query]
    headers = {
        "X-Correlation-Id": True,
        "Idempotency-Key": route.method == "POST",
        "If-Match": Code.PRECONDITION_FAILED in codes,
        "If-None-Match": route.method == "GET" and versioned,
    }
    return [*path, *query, *({"$ref": f"#/components/parameters/{name}"} for name, taken in headers.items() if taken)]


def _query_schema(parameter: Parameter) -> Document:
    default = {} if parameter.default is None else {"default": parameter.default}
    if parameter.between:
        low, high = parameter.between
        return {"type": "integer", "minimum": low, "maximum": high, **default}
    pattern = {"pattern": f"^{parameter.pattern.pattern}$"} if parameter.pattern else {}
    return {"type": "string", **({"enum": list(parameter.one_of)} if parameter.one_of else {}), **pattern, **default}


def _success(route: Route, schema: Document, headers: Sequence[str]) -> Document:
    replayed = ["Idempotency-Replayed"] if route.method == "POST" else []
    return {
        "description": route.title,
        "headers": _headers("X-Correlation-Id", *headers, *replayed),
        "content": {media_type: {"schema": schema} for media_type in (HAL, HAL_FORMS)},
    }


def _problem(status: int, codes: Sequence[Code], route: Route | None) -> Document:
    """The response for one status; its description lists the codes, of which its schema takes no other."""
    names = ["X-Correlation-Id", *(["Allow"] if Code.METHOD_NOT_ALLOWED in codes else [])]
    kept = any(code.name in route.codes and not code.retryable for code in codes) if route else False
    names += ["Idempotency-Replayed"] if kept and route and route.method == "POST" else []
    names += ["Retry-After"] if status < 500 and any(code.retryable for code in codes) else []
    lines = [f"- `{code.name}`: {code.title}." for code in codes]
    these = {"status": {"const": status}, "code": {"enum": [code.name for code in codes]}}
    schema = {"allOf": [{"$ref": REFERENCE.format(model=ProblemDocument.__name__)}, {"properties": these}]}
    content: Document = {MEDIA_TYPE: {"schema": schema}}
    if status == Code.UNAUTHORIZED.status:
        lines.append('\nA token that is missing, expired or not of this pool the gateway refuses itself, with\n'
                     '`{"message": "Unauthorized"}`.')  # fmt: skip
        content["application/json"] = {"schema": {"$ref": REFERENCE.format(model="GatewayMessage")}}
    return {"description": "\n".join(lines), "headers": _headers(*names), "content": content}


def _headers(*names: str) -> Document:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _tag(route: Route) -> tuple[str, str]:
    """The route's bounded context, the package of its handlers, and what that says of itself."""
    package = route.handler.rsplit(".", 2)[0]
    return package.rpartition(".")[2], import_module(package).__doc__ or ""


def _handler_says(route: Route) -> str:
    module, _, name = route.handler.rpartition(".")
    return str(getattr(import_module(module), name).__doc__)
