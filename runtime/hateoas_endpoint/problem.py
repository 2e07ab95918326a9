"""What goes wrong and how clients are told: exceptions with a code, and the problem documents (RFC 9457) made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

MEDIA_TYPE = "application/problem+json"


class Code(Enum):
    """Every code a problem can carry, with its HTTP status, its title and whether the same request may succeed later."""

    VALIDATION_ERROR = (400, "The request is not valid", False)
    INVALID_CURSOR = (400, "The cursor is not valid here", False)
    SITE_001 = (400, "The site is not valid", False)
    UNAUTHORIZED = (401, "Sign in first", False)
    FORBIDDEN = (403, "Your role does not allow this", False)
    TENANT_ACCESS_DENIED = (403, "You have no access to this tenant", False)
    NOT_FOUND = (404, "There is nothing here", False)
    METHOD_NOT_ALLOWED = (405, "This path does not take that method", False)
    TENANT_NOT_FOUND = (404, "There is no such tenant", False)
    INVITATION_NOT_FOUND = (404, "There is no such invitation", False)
    SITE_002 = (404, "There is no such site", False)
    PLUG_001 = (404, "There is no such plugin", False)
    OP_001 = (404, "There is no such operation", False)
    DUPLICATE_INVITATION = (409, "This address is already invited", False)
    USER_ALREADY_MEMBER = (409, "This address already belongs to a member", False)
    SITE_003 = (409, "The subdomain is taken", False)
    OPERATION_IN_PROGRESS = (409, "Another operation is at work on the site", True)
    PLUG_004 = (409, "Something else is at work on the site's plugins", True)
    WRITE_CONFLICT = (409, "Others are changing the same thing", True)
    IDEMPOTENCY_IN_FLIGHT = (409, "The first request with this key still runs", True)
    INVITATION_EXPIRED = (410, "The invitation has expired", False)
    PRECONDITION_FAILED = (412, "The resource has changed", False)
    PAYLOAD_TOO_LARGE = (413, "The body is too large", False)
    UNSUPPORTED_MEDIA_TYPE = (415, "The body's media type is not supported", False)
    INVALID_STATE = (422, "The current status does not allow this", False)
    SITE_004 = (422, "The tier allows no more sites", False)
    SITE_005 = (422, "The site's status does not allow this", False)
    SITE_006 = (422, "A site does not go from there to there", False)
    PLUG_002 = (422, "The plugin is blocklisted", False)
    PLUG_003 = (422, "The plugin has known vulnerabilities", False)
    RESEND_LIMIT_EXCEEDED = (422, "The invitation was resent too often", False)
    TENANT_NOT_ACTIVE = (422, "The tenant is not active", False)
    IDEMPOTENCY_KEY_REUSED = (422, "The idempotency key belongs to another request", False)
    RESEND_COOLDOWN = (429, "The last mail is too recent", True)
    RATE_LIMITED = (429, "Too many requests", True)
    SYS_001 = (500, "Something went wrong on our side", True)
    WP_001 = (502, "WordPress did not do it", True)
    WP_002 = (504, "WordPress did not answer in time", True)

    def __init__(self, status: int, title: str, retryable: bool) -> None:
        self.status = status
        self.title = title
        self.retryable = retryable


class ProblemException(Exception):
    """A refusal or fault that becomes a problem document, with the code's own members (``extra``) and headers."""

    def __init__(
        self, code: Code, detail: str, *, extra: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code.name}: {detail}")
        self.code = code
        self.detail = detail
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        if code is Code.UNAUTHORIZED:
            self.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 section 15.5.2: a 401 names the scheme


@dataclass(frozen=True)
class Violation:
    """One thing wrong with a request: where (a JSON pointer, RFC 6901, or ``?name`` in the query), a code, a sentence."""

    pointer: str
    code: str
    message: str


class ValidationException(ProblemException):
    """The request is malformed or breaks the model; the caller has to change it (400)."""

    def __init__(self, *violations: Violation) -> None:
        errors = [{"pointer": v.pointer, "code": v.code, "message": v.message} for v in violations]
        super().__init__(Code.VALIDATION_ERROR, "; ".join(v.message for v in violations), extra={"errors": errors})


class BusinessException(ProblemException):
    """The request is well formed, but a rule or the present state forbids it (4xx)."""


class UnexpectedException(ProblemException):
    """A fault of ours (5xx). Its cause is for the log alone: the document says nothing of it."""

    def __init__(self) -> None:
        super().__init__(Code.SYS_001, "The request could not be completed. Try again; if it persists, quote the requestId.")


def retry_after(seconds: float) -> dict[str, str]:
    """Give the Retry-After header (RFC 9110 section 10.2.3) for a wait, in whole seconds and never zero."""
    return {"Retry-After": str(max(1, -int(-seconds // 1)))}


def problem_document(problem: ProblemException, *, instance: str, request_id: str) -> dict[str, Any]:
    """Make the body of a problem response: RFC 9457's members, ours, then the code's own."""
    code = problem.code
    return {
        "type": f"urn:bbws:problem:{code.name.lower().replace('_', '-')}",
        "title": code.title,
        "status": code.status,
        "detail": problem.detail,
        "instance": instance,
        "code": code.name,
        "requestId": request_id,
        "retryable": code.retryable,
        **problem.extra,
    }


def violations(errors: Sequence[Mapping[str, Any]]) -> tuple[Violation, ...]:
    """Translate pydantic's error list into violations with JSON pointers and stable codes of ours."""
    codes = {"missing": "REQUIRED", "extra_forbidden": "UNKNOWN_FIELD", "json_invalid": "MALFORMED_JSON"}
    return tuple(
        Violation(
            pointer="".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error["loc"]),
            code=codes.get(error["type"], "INVALID_VALUE"),
            message=f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['msg']}",
        )
        for error in errors
    )
