"""The route: the one place where an endpoint's method, path, roles, relation and models are written.

Routes are plain data. Importing a context's ``routes.py`` costs nothing beyond the standard library, so the stacks, the
handlers, the link assembler, the OpenAPI build and the entry point can all read the same source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

PATH_PARAMETER = re.compile(r"{(\w+)}")


class Role(StrEnum):
    """What a caller may be in a tenant, lowest first. ``OPERATOR`` is another name for ``USER`` (see :func:`role_named`)."""

    VIEWER = "VIEWER"
    USER = "USER"
    ADMIN = "ADMIN"
    STAFF = "STAFF"

    @property
    def rank(self) -> int:
        """The role's height: a caller may hand out roles up to their own rank."""
        return list(Role).index(self)

    @property
    def may_administer(self) -> bool:
        """Whether everything in the tenant is the caller's to change, whoever made it."""
        return self in {Role.ADMIN, Role.STAFF}


class Access(StrEnum):
    """Who may call: anybody, anybody signed in, or who holds one of the route's roles in a tenant.

    With ROLES the path names that tenant. With RESOURCE it is the tenant of what the path names, which the handler has to find
    first (see :meth:`Request.require_role`).
    """

    PUBLIC = "PUBLIC"
    SIGNED_IN = "SIGNED_IN"
    ROLES = "ROLES"
    RESOURCE = "RESOURCE"


def role_named(name: str) -> Role | None:
    """Give the role a group or an invitation names, or None for a name that is no role."""
    name = Role.USER if name == "OPERATOR" else name
    return Role(name) if name in Role.__members__ else None


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A query parameter: either one of ``one_of``, or a whole number in ``between``, or text, of the form ``pattern`` if given.

    ``default`` stands in where the caller names none.
    """

    name: str
    description: str
    one_of: tuple[str, ...] = ()
    between: tuple[int, int] | None = None
    pattern: re.Pattern[str] | None = None
    default: int | None = None


PAGE_SIZE = Parameter(name="pageSize", description="How many items a page holds.", between=(1, 100), default=20)
START_AT = Parameter(name="startAt", description="The opaque cursor of a `next` link; leave it out for the first page.")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One endpoint of the API.

    ``name`` is the operation id, ``relation`` the link relation (RFC 8288) under which documents offer it, ``handler`` the
    dotted name of the function in the bundle. ``request`` and ``response`` name pydantic models by their dotted names, so
    that reading a route imports neither. ``unchanged`` is the response, with 200, of a route that otherwise accepts an
    operation and finds nothing to do. ``body_optional`` lets callers leave out the body that ``request`` describes.
    ``public_reason`` says why a PUBLIC route needs no sign-in. ``codes`` are the problem codes a client of this endpoint has to
    expect beyond those that every endpoint has.
    """

    name: str
    method: str
    path: str
    relation: str
    title: str
    handler: str
    response: str
    access: Access = Access.ROLES
    public_reason: str = ""
    roles: frozenset[Role] = frozenset()
    request: str | None = None
    query: tuple[Parameter, ...] = ()
    success: int = 200
    unchanged: str | None = None
    body_optional: bool = False
    codes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The route key as API Gateway writes it, such as ``GET /tenants/{tenantId}/invitations``."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path's parameters, in the order of the path."""
        return tuple(PATH_PARAMETER.findall(self.path))

    @property
    def tenant_scoped(self) -> bool:
        """Whether the path names the tenant, which the caller's token must then name too."""
        return "tenantId" in self.parameters

    def href(self, parameters: Mapping[str, str]) -> str:
        """Expand the path with percent-encoded values (RFC 3986); a missing parameter raises KeyError."""
        return PATH_PARAMETER.sub(lambda match: quote(parameters[match[1]], safe=""), self.path)
