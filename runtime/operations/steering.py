"""Who may steer an operation: asked where one is changed, and of every link that a document shows."""

from __future__ import annotations

from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.route import Role
from runtime.operations.domain import Operation


def may_steer(operation: Operation, principal: Principal) -> bool:
    """Whether the caller may call off or retry it: administrators any, a USER those they started."""
    role = principal.role_in(operation.tenant_id)
    if role is None or role.may_administer:
        return role is not None
    return role is Role.USER and operation.created_by == principal.sub
