"""The bodies that the health and status endpoints give, as the API description shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from runtime.hateoas_endpoint.documents import HalDocument, Instant, ResponseModel
from runtime.health.defaults import CheckName
from runtime.health.domain import CheckStatus, HealthStatus
from runtime.operations.domain import OperationStatus, OperationType
from runtime.sites.domain import Environment, SiteStatus


class CheckDocument(ResponseModel):
    """A check. ``value`` is there where something was measured; ``threshold`` is the bound that decided, or the first one."""

    name: CheckName
    status: CheckStatus
    value: bool | int | float | str | None = None
    threshold: bool | int | float | str
    detail: str


class HealthDocument(HalDocument):
    """How a site's WordPress is."""

    site_id: str
    tenant_id: str
    status: HealthStatus
    score: int = Field(ge=0, le=100)
    checked_at: Instant
    checks: list[CheckDocument]


class LastHealth(ResponseModel):
    """A site's health as it was last seen; without score and moment where nobody has looked yet."""

    status: HealthStatus
    score: int | None = Field(default=None, ge=0, le=100)
    checked_at: Instant | None = None


class RunningOperation(ResponseModel):
    """The operation that is at work on a site, and the step that it is at."""

    operation_id: str
    operation_type: OperationType
    status: OperationStatus
    progress: int = Field(ge=0, le=100)
    step: str | None = None


class LastPromotion(ResponseModel):
    """What the last promotion from or to a site came to."""

    operation_id: str
    source_site_id: str
    target_site_id: str
    target_environment: Environment
    status: Literal["COMPLETED", "FAILED"]
    completed_at: Instant
    notes: str | None = None


class StatusDocument(HalDocument):
    """What is known of a site, without its WordPress being asked."""

    site_id: str
    tenant_id: str
    environment: Environment
    status: SiteStatus
    health: LastHealth
    operation: RunningOperation | None = None
    last_promotion: LastPromotion | None = None
    wordpress_version: str | None = None
    php_version: str | None = None
    updated_at: Instant
