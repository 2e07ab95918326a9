"""The bodies that the site endpoints give, as the API description shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from runtime.hateoas_endpoint.documents import HalDocument, Instant, ResponseModel
from runtime.sites.domain import Environment, SiteStatus


class SiteDocument(HalDocument):
    """A site."""

    site_id: str
    tenant_id: str
    site_name: str
    subdomain: str
    url: str
    environment: Environment
    status: SiteStatus
    health_status: Literal["HEALTHY", "DEGRADED", "UNHEALTHY", "UNKNOWN"]
    wordpress_version: str | None = None
    php_version: str | None = None
    created_at: Instant
    created_by: str
    updated_at: Instant
    promoted_from: str | None = None
    cloned_from: str | None = None
    restorable_until: Instant | None = None
    version: int


class PromotionRules(ResponseModel):
    """What becomes of what the target has and the site lacks."""

    users: Literal["KEEP", "REPLACE"]
    comments: Literal["KEEP", "REPLACE"]
    uploads: Literal["MERGE", "REPLACE"]
    keep_tables: list[str]
    keep_options: list[str]


class PlannedTarget(ResponseModel):
    """The site that a promotion would make or overwrite; without an id while it is not there."""

    site_id: str | None = None
    site_name: str
    url: str
    environment: Environment
    exists: bool


class PromotionPlan(HalDocument):
    """What a promotion would do."""

    site_id: str
    tenant_id: str
    target: PlannedTarget
    steps: list[str]
    replaces: list[str]
    keeps: list[str]
    rules: PromotionRules


class EmbeddedSites(ResponseModel):
    """The items of a page."""

    sites: list[SiteDocument]


class SitePage(HalDocument):
    """A page of sites."""

    count: int
    more_available: bool
    embedded: EmbeddedSites = Field(alias="_embedded")
