"""HAL documents whose links tell the truth: an action is linked exactly when this caller may do it now.

The domain knows nothing of links. A context's assembler names the affordances of a resource, each with what stands in its
way, and :func:`resource` turns them into ``_links``, ``_unavailable`` and, on request, ``_templates``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.hateoas_endpoint.route import Access, Route

HAL = "application/hal+json"
HAL_FORMS = "application/prs.hal-forms+json"

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why the state forbids an action for now, until when if the clock will mend it, and what stands in the way."""

    code: Code
    detail: str
    until: str | None = None
    blocked_by: str | None = None

    @classmethod
    def of(cls, refusal: BusinessException | None) -> Obstacle | None:
        """What a refusal that the domain gives would be to a client who has not tried yet; None where nothing is refused."""
        if refusal is None:
            return None
        blocked_by = refusal.extra.get("_links", {}).get("blockedBy", {}).get("href")
        return cls(code=refusal.code, detail=refusal.detail, until=refusal.extra.get("until"), blocked_by=blocked_by)

    def as_document(self) -> Document:
        """The entry of ``_unavailable``."""
        document: Document = {"code": self.code.name, "detail": self.detail}
        if self.until:
            document["until"] = self.until
        if self.blocked_by:
            document["blockedBy"] = {"href": self.blocked_by}
        return document


@dataclass(frozen=True)
class Affordance:
    """A route a document may offer, with the parameters of its path and what stands in its way.

    ``tenant_id`` is the tenant in which the caller's role counts, where the path does not name it.
    """

    route: Route
    parameters: Mapping[str, str] = field(default_factory=dict)
    obstacle: Obstacle | None = None
    tenant_id: str | None = None


@dataclass(frozen=True)
class Viewer:
    """For whom a document is made: the caller (None when not signed in) and whether they asked for HAL-FORMS templates."""

    principal: Principal | None
    wants_forms: bool = False

    def may(self, affordance: Affordance) -> bool:
        """Whether the caller's role allows the action, whatever the state."""
        route = affordance.route
        if route.access is Access.PUBLIC or self.principal is None:
            return route.access is Access.PUBLIC
        if route.access is Access.SIGNED_IN:
            return True
        return self.principal.role_in(affordance.tenant_id or affordance.parameters["tenantId"]) in route.roles


def link(route: Route, parameters: Mapping[str, str] | None = None) -> Document:
    """The link to a route, with ``method`` wherever that is not GET."""
    document: Document = {"href": route.href(parameters or {})}
    if route.method != "GET":
        document["method"] = route.method
    return {**document, "title": route.title}


def resource(
    body: Mapping[str, Any],
    *,
    self_link: Mapping[str, Any],
    viewer: Viewer,
    affordances: Sequence[Affordance] = (),
    links: Mapping[str, Any] | None = None,
) -> Document:
    """Put the links on a body: ``self``, plain ``links``, then every affordance this caller's role allows."""
    allowed = [affordance for affordance in affordances if viewer.may(affordance)]
    open_now = [affordance for affordance in allowed if affordance.obstacle is None]
    document: Document = {**body, "_links": {"self": dict(self_link), **(links or {})}}
    document["_links"] |= {a.route.relation: link(a.route, a.parameters) for a in open_now}
    blocked = {a.route.relation: a.obstacle.as_document() for a in allowed if a.obstacle}
    if blocked:
        document["_unavailable"] = blocked
    actions = [affordance for affordance in open_now if affordance.route.method != "GET"]
    if viewer.wants_forms and actions:
        from runtime.hateoas_endpoint.forms import template  # only here: it needs the pydantic models

        document["_templates"] = {a.route.relation: template(a.route, a.route.href(a.parameters)) for a in actions}
    return document


def collection(
    name: str,
    items: Sequence[Document],
    *,
    self_href: str,
    next_href: str | None,
    viewer: Viewer,
    affordances: Sequence[Affordance] = (),
    links: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Document:
    """A page: ``_embedded.{name}``, its ``count``, ``moreAvailable`` and, while there is more, the link ``next``."""
    page = {**(body or {}), "count": len(items), "moreAvailable": next_href is not None, "_embedded": {name: list(items)}}
    more = {"next": {"href": next_href}} if next_href else {}
    return resource(
        page, self_link={"href": self_href}, viewer=viewer, affordances=affordances, links={**(links or {}), **more}
    )
