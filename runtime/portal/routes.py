"""The routes of the entry point and of everything that is no route."""

from __future__ import annotations

from runtime.hateoas_endpoint.route import PAGE_SIZE, START_AT, Access, Route

ENTRY = Route(
    name="GetEntry",
    method="GET",
    path="/",
    relation="entry",
    title="Everything you may do",
    handler="runtime.portal.handlers.entry",
    response="runtime.portal.documents.EntryDocument",
    access=Access.SIGNED_IN,
    query=(PAGE_SIZE, START_AT),
    codes=("INVALID_CURSOR",),
)
UNKNOWN = Route(
    name="Unknown",
    method="ANY",
    path="$default",
    relation="unknown",
    title="What there is not",
    handler="runtime.portal.handlers.unknown",
    response="runtime.portal.documents.EntryDocument",
    access=Access.PUBLIC,
    public_reason="It only says that there is nothing at this path, in the form every other problem has.",
    success=404,
)

ROUTES = (ENTRY, UNKNOWN)
