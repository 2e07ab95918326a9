"""The body of the entry point."""

from __future__ import annotations

from pydantic import Field

from runtime.hateoas_endpoint.documents import HalDocument, ResponseModel
from runtime.hateoas_endpoint.route import Role
from runtime.tenants.domain import TenantStatus


class TenantDocument(HalDocument):
    """One of the caller's tenants, with the role they have in it."""

    tenant_id: str
    name: str
    status: TenantStatus
    role: Role | None = None


class EmbeddedTenants(ResponseModel):
    """The items of a page."""

    tenants: list[TenantDocument]


class EntryDocument(HalDocument):
    """The entry point: who the caller is and what they may do where."""

    user_id: str
    email: str
    count: int
    more_available: bool
    embedded: EmbeddedTenants = Field(alias="_embedded")
