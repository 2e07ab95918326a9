"""The request as handlers see it: principal, parameters, body and headers, already checked against the route."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from runtime.hateoas_endpoint import cursor
from runtime.hateoas_endpoint.hal import HAL_FORMS, Viewer
from runtime.hateoas_endpoint.principal import Principal, principal_from
from runtime.hateoas_endpoint.problem import BusinessException, Code, ValidationException, Violation
from runtime.hateoas_endpoint.route import PAGE_SIZE, START_AT, Access, Parameter, Role, Route

if TYPE_CHECKING:
    from pydantic import BaseModel

    Model = TypeVar("Model", bound=BaseModel)

MAX_BODY_BYTES = 32 * 1024
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """Which page is asked for: its size, the position after which it begins, and the filters of the list."""

    size: int
    after: str | None
    filters: Mapping[str, str]


class Request:
    """One call of one route, read from an API Gateway HTTP API event (payload format 2.0)."""

    def __init__(self, route: Route, event: Mapping[str, Any], *, request_id: str, now: datetime) -> None:
        self.route = route
        self.request_id = request_id
        self.now = now
        self._event = event
        self.headers: dict[str, str] = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        self.parameters: dict[str, str] = dict(event.get("pathParameters") or {})
        self.path: str = event.get("rawPath", "/")
        self.method: str = event.get("requestContext", {}).get("http", {}).get("method", route.method)

    @cached_property
    def correlation_id(self) -> str:
        """The caller's X-Correlation-Id if it is well formed, and otherwise this request's own id."""
        offered = self.headers.get("x-correlation-id", "")
        return offered if CORRELATION_ID.fullmatch(offered) else self.request_id

    @cached_property
    def principal(self) -> Principal:
        """The signed-in caller; only for routes that are not public."""
        claims = self._event.get("requestContext", {}).get("authorizer", {}).get("jwt", {}).get("claims")
        if not claims:
            raise BusinessException(Code.UNAUTHORIZED, "Send an ID token of the portal's user pool as a Bearer token.")
        return principal_from(claims)

    @property
    def tenant_id(self) -> str:
        """The tenant the path names."""
        return self.parameters["tenantId"]

    @cached_property
    def viewer(self) -> Viewer:
        """For whom the answer's links are."""
        principal = None if self.route.access is Access.PUBLIC else self.principal
        return Viewer(principal, wants_forms=HAL_FORMS in self.headers.get("accept", "").lower())

    @property
    def if_match(self) -> str | None:
        """The version the caller means to change."""
        return self.headers.get("if-match")

    @property
    def if_none_match(self) -> str | None:
        """The version the caller already has."""
        return self.headers.get("if-none-match")

    @cached_property
    def idempotency_key(self) -> str | None:
        """The caller's key for this POST; raises ValidationException when it is not 1-255 printable characters."""
        key = self.headers.get("idempotency-key") if self.method == "POST" else None
        if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
            raise ValidationException(
                Violation("", "INVALID_HEADER", "Idempotency-Key takes 1 to 255 printable ASCII characters.")
            )
        return key

    @cached_property
    def body(self) -> bytes:
        """The body's bytes; raises when it is over 32 KB."""
        text: str = self._event.get("body") or ""
        try:
            content = base64.b64decode(text) if self._event.get("isBase64Encoded") else text.encode()
        except ValueError:
            raise ValidationException(Violation("", "MALFORMED_BODY", "The body cannot be decoded.")) from None
        if len(content) > MAX_BODY_BYTES:
            raise BusinessException(
                Code.PAYLOAD_TOO_LARGE, f"A body may have {MAX_BODY_BYTES} bytes, this one has {len(content)}."
            )
        return content

    def authorize(self) -> None:
        """Let in whom the route lets in: first the tenant is compared, then the role, whatever exists behind the path."""
        if self.route.access is Access.PUBLIC:
            return
        principal = self.principal
        if self.route.tenant_scoped and not principal.may_enter(self.tenant_id):
            raise BusinessException(Code.TENANT_ACCESS_DENIED, "Your token does not name this tenant.")
        if self.route.access is Access.ROLES:
            self.require_role(self.tenant_id)

    def require_role(self, tenant_id: str) -> Role:
        """The caller's role in a tenant; FORBIDDEN unless it is one of the route's."""
        role = self.principal.role_in(tenant_id)
        if role is None or role not in self.route.roles:
            roles = ", ".join(role for role in Role if role in self.route.roles)
            raise BusinessException(Code.FORBIDDEN, f"This takes one of the roles {roles} in the tenant.")
        return role

    def check_form(self) -> None:
        """Refuse what no handler could take: a wrong media type, a body where none is meant, unknown parameters."""
        if self.route.method == "ANY":
            return  # nothing is here, and so no form that it takes
        self.idempotency_key  # noqa: B018 - reading it checks it
        self.query  # noqa: B018
        if self.route.method not in {"POST", "PUT", "PATCH"} and self.route.request is None:
            return
        content_type = self.headers.get("content-type", "")
        if self.body.strip() and not _JSON.fullmatch(content_type.strip()):
            raise BusinessException(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
        if self.route.request is None and self.body.strip():
            self._require_empty_object()

    def json(self, model: type[Model]) -> Model:
        """The body as a model; raises ValidationException with every violation."""
        from runtime.hateoas_endpoint.models import parse  # only here: pydantic is a third of a cold start

        return parse(model, self.body)

    def page(self) -> PageRequest:
        """The page that the query asks for."""
        query = self.query
        filters = {name: value for name, value in query.items() if name not in {PAGE_SIZE.name, START_AT.name}}
        default = next(p.default for p in self.route.query if p.name == PAGE_SIZE.name)
        return PageRequest(size=int(query.get(PAGE_SIZE.name, default or 1)), after=query.get(START_AT.name), filters=filters)

    def position(self, page: PageRequest, pattern: re.Pattern[str]) -> str | None:
        """The position a page begins after, read from its cursor."""
        return None if page.after is None else cursor.decode(self.route, page.filters, page.after, position=pattern)

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; raises ValidationException for one that the route does not declare or take."""
        query: dict[str, str] = dict(self._event.get("queryStringParameters") or {})
        declared = {parameter.name: parameter for parameter in self.route.query}
        faults = [_fault(name, value, declared.get(name)) for name, value in query.items()]
        if found := [fault for fault in faults if fault]:
            raise ValidationException(*found)
        return query

    def _require_empty_object(self) -> None:
        try:
            empty = json.loads(self.body) == {}
        except (ValueError, RecursionError):
            empty = False
        if not empty:
            raise ValidationException(Violation("", "UNKNOWN_FIELD", "This action takes no body; leave it out."))


def _fault(name: str, value: str, parameter: Parameter | None) -> Violation | None:
    pointer = f"?{name}"
    if parameter is None:
        return Violation(pointer, "UNKNOWN_FIELD", f"{name}: this list has no such parameter.")
    if parameter.one_of and value not in parameter.one_of:
        return Violation(pointer, "INVALID_VALUE", f"{name}: takes one of {', '.join(parameter.one_of)}.")
    if parameter.between:
        low, high = parameter.between
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            return Violation(pointer, "INVALID_VALUE", f"{name}: takes a whole number from {low} to {high}.")
    if parameter.pattern and not parameter.pattern.fullmatch(value):
        return Violation(pointer, "INVALID_VALUE", f"{name}: has not the form of such an id.")
    return None
