"""What a HateoasEndpoint refuses at synth, each with a sentence that names the mend."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib import import_module

from runtime.hateoas_endpoint.models import model_named
from runtime.hateoas_endpoint.route import Access, Role, Route

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+|{[a-z][A-Za-z0-9]*}")


class RouteError(ValueError):
    """A route that cannot be deployed as it is written."""


def check_route(route: Route, taken: Collection[Route]) -> None:
    """Raise RouteError for a route that would fail, or let in the wrong people, once deployed."""
    _check_path(route)
    _check_roles(route)
    _check_unique(route, taken)
    _check_handler(route)
    for dotted in filter(None, (route.request, route.response)):
        _check_model(route, dotted)


def _check_path(route: Route) -> None:
    if route.path == "$default":
        if route.method != "ANY":
            raise RouteError(f"{route.name}: $default takes every method that no route takes: set its method to ANY.")
        return
    if route.method not in METHODS:
        raise RouteError(f"{route.name}: {route.method} is not a method: use one of {', '.join(sorted(METHODS))}.")
    if not route.path.startswith("/") or (route.path != "/" and route.path.endswith("/")):
        raise RouteError(f"{route.name}: the path {route.path!r} must begin with a slash and not end with one.")
    for segment in route.path[1:].split("/") if route.path != "/" else ():
        if not _SEGMENT.fullmatch(segment):
            raise RouteError(
                f"{route.name}: {segment!r} in {route.path!r} is no path segment: write it plainly or as {{parameterName}}."
            )
    if len(set(route.parameters)) != len(route.parameters):
        raise RouteError(f"{route.name}: {route.path!r} names a parameter twice: give each its own name.")


def _check_roles(route: Route) -> None:
    unknown = sorted(str(role) for role in route.roles if role not in set(Role))
    if unknown:
        raise RouteError(f"{route.name}: {', '.join(unknown)} is no role: use {', '.join(Role)}.")
    by_role = route.access in {Access.ROLES, Access.RESOURCE}
    if by_role and not route.roles:
        raise RouteError(f"{route.name}: no role may call it: name its roles, or set access to SIGNED_IN or PUBLIC.")
    if not by_role and route.roles:
        raise RouteError(f"{route.name}: access {route.access} ignores its roles: set access to ROLES or leave the roles out.")
    if (route.access is Access.PUBLIC) != bool(route.public_reason):
        raise RouteError(f"{route.name}: a PUBLIC route, and no other, says in public_reason why it needs no sign-in.")
    if route.access is Access.ROLES and not route.tenant_scoped:
        raise RouteError(
            f"{route.name}: roles are held in a tenant: put {{tenantId}} into the path or set access to RESOURCE or SIGNED_IN."
        )
    if route.access is Access.RESOURCE and route.tenant_scoped:
        raise RouteError(f"{route.name}: its path names the tenant already: set access to ROLES.")


def _check_unique(route: Route, taken: Collection[Route]) -> None:
    shape = re.sub(r"{\w+}", "{}", route.key)
    for other in taken:
        if re.sub(r"{\w+}", "{}", other.key) == shape:
            raise RouteError(f"{route.name}: {other.name} already takes {other.key}: change the method or the path.")
        if other.name == route.name:
            raise RouteError(f"{route.name}: another route has this name: names are operation ids and must differ.")


def _check_handler(route: Route) -> None:
    module, _, name = route.handler.rpartition(".")
    try:
        handler = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise RouteError(
            f"{route.name}: the handler {route.handler!r} does not import ({error}): correct it in routes.py."
        ) from error
    if getattr(handler, "route", None) is not route:
        raise RouteError(f"{route.name}: {route.handler!r} answers another route: decorate it with @endpoint of this one.")


def _check_model(route: Route, dotted: str) -> None:
    try:
        model_named(dotted)
    except (ImportError, LookupError, ValueError, TypeError) as error:
        raise RouteError(f"{route.name}: the model {dotted!r} does not import ({error}): correct it in routes.py.") from error
