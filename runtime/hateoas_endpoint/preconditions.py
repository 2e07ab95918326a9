"""Entity tags and conditional requests (RFC 9110 section 13): 304 for what the caller has, 412 for what has moved on."""

from __future__ import annotations

import re

from runtime.hateoas_endpoint.problem import BusinessException, Code

_TAG = re.compile(r'(?:W/)?"v([0-9]{1,18})"')


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"v{version}"'


def not_modified(if_none_match: str | None, version: int) -> bool:
    """Whether the caller already has this version: If-None-Match uses the weak comparison."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or version in _versions(if_none_match)


def require_match(if_match: str | None, *, version: int, since: int) -> None:
    """Raise PRECONDITION_FAILED unless the caller has seen the last change that someone decided.

    ``since`` is the version that change made. What moved the version on since then, the mail's progress or the clock, takes
    nothing from what the caller decided upon, so a tag from ``since`` up to ``version`` matches.
    """
    if if_match is None or if_match.strip() == "*":
        return
    strong = [tag for tag in if_match.split(",") if not tag.strip().startswith("W/")]
    if not any(since <= seen <= version for seen in _versions(",".join(strong))):
        raise BusinessException(Code.PRECONDITION_FAILED, "The resource has changed since you read it. Read it again.")


def _versions(header: str) -> list[int]:
    return [int(version) for version in _TAG.findall(header)]
