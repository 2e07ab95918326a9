"""What the portal's catalogue says of plugins, as pure rules: which may be activated or updated, and who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.plugins.versions import compare

if TYPE_CHECKING:
    from runtime.wordpress.port import InstalledPlugin, Visit

FRESH = timedelta(hours=1)
"""How long what the directory says is taken for true without asking again."""


class Category(StrEnum):
    """What a plugin is mainly for."""

    ANALYTICS = "ANALYTICS"
    BACKUP = "BACKUP"
    CONTENT = "CONTENT"
    EDITOR = "EDITOR"
    ECOMMERCE = "ECOMMERCE"
    FORMS = "FORMS"
    MAINTENANCE = "MAINTENANCE"
    MARKETING = "MARKETING"
    MEDIA = "MEDIA"
    OTHER = "OTHER"
    PAGE_BUILDER = "PAGE_BUILDER"
    PERFORMANCE = "PERFORMANCE"
    SECURITY = "SECURITY"
    SEO = "SEO"
    SPAM_PROTECTION = "SPAM_PROTECTION"


class Pricing(StrEnum):
    """What a plugin costs: nothing, nothing at first, or something."""

    FREE = "FREE"
    FREEMIUM = "FREEMIUM"
    PREMIUM = "PREMIUM"


class Severity(StrEnum):
    """How bad a vulnerability is."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
    """A known vulnerability, of the versions from ``affected_from`` (the first one ever, if None) to before ``fixed_in``."""

    vulnerability_id: str
    title: str
    severity: Severity
    affected_from: str | None = None
    fixed_in: str | None = None

    def affects(self, version: str) -> bool:
        """Whether a version has it; one that nobody has fixed is in every later version."""
        if self.affected_from is not None and compare(version, self.affected_from) < 0:
            return False
        return self.fixed_in is None or compare(version, self.fixed_in) < 0


@dataclass(frozen=True, kw_only=True)
class CataloguedPlugin:
    """A plugin as operators curate it. ``version`` counts the writes of this entry; it is not the plugin's own."""

    plugin_id: str
    category: Category = Category.OTHER
    pricing: Pricing = Pricing.FREE
    min_wordpress_version: str | None = None
    is_blocklisted: bool = False
    blocklist_reason: str | None = None
    vulnerabilities: tuple[Vulnerability, ...] = ()
    version: int = 1

    def is_shown(self, *, to_staff: bool) -> bool:
        """Whether somebody gets to see it: what is blocklisted is no offer to customers."""
        return to_staff or not self.is_blocklisted

    def refusal(self, version: str) -> BusinessException | None:
        """What forbids to have this version at work on a site, if anything does."""
        return self.blocklist_refusal() or self._vulnerability_refusal(version)

    def blocklist_refusal(self) -> BusinessException | None:
        """What forbids the plugin whatever its version, if anything does."""
        if not self.is_blocklisted:
            return None
        return BusinessException(Code.PLUG_002, self.blocklist_reason or "The plugin is not allowed on this platform.")

    def _vulnerability_refusal(self, version: str) -> BusinessException | None:
        found = [each for each in self.vulnerabilities if each.affects(version)]
        if not found:
            return None
        named = ", ".join(each.vulnerability_id for each in found)
        return BusinessException(Code.PLUG_003, f"Version {version} has known vulnerabilities: {named}.")

    def blocked(self, reason: str | None) -> CataloguedPlugin:
        """The entry once the plugin is blocklisted for a reason, or with None no longer."""
        return replace(self, is_blocklisted=reason is not None, blocklist_reason=reason)

    def warned_of(self, vulnerability: Vulnerability) -> CataloguedPlugin:
        """The entry with a vulnerability, in place of what was known under its id."""
        others = [each for each in self.vulnerabilities if each.vulnerability_id != vulnerability.vulnerability_id]
        return replace(self, vulnerabilities=(*others, vulnerability))


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A plugin as the directory lists it. Everything in it is somebody else's: plain text, cut to length, and no HTML."""

    name: str
    version: str
    rating: int | None = None
    ratings: int | None = None
    active_installs: int | None = None
    requires: str | None = None
    requires_php: str | None = None
    tested: str | None = None
    last_updated: datetime | None = None
    homepage: str | None = None
    sections: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What the directory said of a plugin, and when; ``listing`` is None for one that it does not have (any more)."""

    at: datetime
    listing: Listing | None
    version: int

    def is_fresh(self, now: datetime) -> bool:
        """Whether there is no need to ask again."""
        return now - self.at < FRESH


@dataclass(frozen=True, kw_only=True)
class Details:
    """All there is to say of a catalogued plugin; ``fetched`` is None while the directory never answered."""

    catalogued: CataloguedPlugin
    fetched: Fetched | None
    is_stale: bool

    @property
    def version(self) -> int:
        """The version of the whole: its parts' only rise, and that it has become stale counts like a write."""
        return self.catalogued.version + (self.fetched.version if self.fetched else 0) + self.is_stale


class Condition(IntEnum):
    """How a site's home page is, the better the lower."""

    GOOD = 0
    REFUSED = 1
    BROKEN = 2

    @classmethod
    def of(cls, visit: Visit) -> Condition:
        """The condition that a visit shows."""
        if visit.is_good:
            return cls.GOOD
        return cls.REFUSED if visit.status < 500 and visit.whole else cls.BROKEN


def has_update(plugin: InstalledPlugin) -> bool:
    """Whether there is a newer version than the one that is installed."""
    return plugin.latest_version is not None and compare(plugin.latest_version, plugin.version) > 0


def update_refusal(plugin: InstalledPlugin, catalogued: CataloguedPlugin | None) -> BusinessException | None:
    """What forbids to update a plugin to its latest version, if anything does."""
    if catalogued and (refusal := catalogued.blocklist_refusal()):
        return refusal
    if not has_update(plugin) or plugin.latest_version is None:
        return None
    if plugin.package is None:
        return BusinessException(Code.INVALID_STATE, f"Its publisher offers no package of version {plugin.latest_version}.")
    return catalogued.refusal(plugin.latest_version) if catalogued else None


def toggle_refusal(plugin: InstalledPlugin, catalogued: CataloguedPlugin | None, *, active: bool) -> BusinessException | None:
    """What forbids to have a plugin active or not, if anything does; it can always be deactivated, or left as it is."""
    if plugin.is_active or not active or catalogued is None:
        return None
    return catalogued.refusal(plugin.version)
