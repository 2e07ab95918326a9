"""The bodies that the plugin endpoints give, as the API description shows them."""

from __future__ import annotations

from pydantic import Field

from runtime.hateoas_endpoint.documents import HalDocument, Instant, ResponseModel
from runtime.plugins.domain import Category, Pricing, Severity


class VulnerabilityDocument(ResponseModel):
    """A known vulnerability, of the versions from ``affectedFrom`` to before ``fixedIn``."""

    id: str
    title: str
    severity: Severity
    affected_from: str | None = None
    fixed_in: str | None = None


class PluginSections(ResponseModel):
    """What the directory says of a plugin at length, as plain text."""

    description: str | None = None
    changelog: str | None = None


class PluginDocument(HalDocument):
    """What the marketplace says of a plugin: the portal's catalogue, and WordPress.org's directory as of ``fetchedAt``.

    ``stale`` when the directory could not be asked again in time; ``listed`` is false for a plugin that it does not have.
    """

    plugin_id: str
    category: Category
    pricing: Pricing
    is_blocklisted: bool
    blocklist_reason: str | None = None
    vulnerabilities: list[VulnerabilityDocument]
    min_word_press_version: str | None = None
    listed: bool | None = None
    name: str | None = None
    version: str | None = None
    rating: int | None = Field(default=None, ge=0, le=100)
    ratings: int | None = None
    active_installs: int | None = None
    requires: str | None = None
    requires_php: str | None = None
    tested: str | None = None
    last_updated: Instant | None = None
    homepage: str | None = None
    sections: PluginSections | None = None
    fetched_at: Instant | None = None
    stale: bool


class InstalledPluginDocument(HalDocument):
    """A plugin that is installed on a site."""

    plugin_id: str
    name: str
    version: str
    latest_version: str | None = None
    has_update: bool
    is_active: bool
    auto_update: bool


class EmbeddedPlugins(ResponseModel):
    """The items of a page."""

    plugins: list[InstalledPluginDocument]


class InstalledPluginPage(HalDocument):
    """A page of the plugins that are installed on a site."""

    count: int
    more_available: bool
    embedded: EmbeddedPlugins = Field(alias="_embedded")
