"""The catalogue: every route of every context, the one list that infrastructure, links and API description are made of."""

from __future__ import annotations

import re

from runtime.hateoas_endpoint.route import PATH_PARAMETER, Route
from runtime.health import routes as health
from runtime.invitations import routes as invitations
from runtime.operations import routes as operations
from runtime.plugins import routes as plugins
from runtime.portal import routes as portal
from runtime.sites import routes as sites

ROUTES: tuple[Route, ...] = (
    *portal.ROUTES,
    *invitations.ROUTES,
    *sites.ROUTES,
    *health.ROUTES,
    *plugins.ROUTES,
    *operations.ROUTES,
)


def methods_of(path: str) -> set[str]:
    """The methods that routes take at a path, empty for an unknown one."""
    return {route.method for route in ROUTES if _pattern(route).fullmatch(path)}


def _pattern(route: Route) -> re.Pattern[str]:
    literal = [re.escape(part) for part in PATH_PARAMETER.split(route.path)[::2]]
    return re.compile("[^/]+".join(literal))
