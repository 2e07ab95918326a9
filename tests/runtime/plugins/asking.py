"""What tests ask of plugins, one line each, and the sites and the catalogue they ask about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime.plugins import handlers
from runtime.plugins.domain import CataloguedPlugin, Category, Pricing, Severity, Vulnerability
from runtime.plugins.rows import catalogued_row
from runtime.ports import Ports
from runtime.wordpress.port import InstalledPlugin
from tests.runtime.fakes import Answer, FakePorts, call
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.stories import write

HOLE = Vulnerability(
    vulnerability_id="CVE-2015-9357", title="Stored cross-site scripting", severity=Severity.MEDIUM, fixed_in="3.1.5"
)
AKISMET = CataloguedPlugin(
    plugin_id="akismet",
    category=Category.SPAM_PROTECTION,
    pricing=Pricing.FREEMIUM,
    min_wordpress_version="5.8",
    vulnerabilities=(HOLE,),
)


def curated(world: FakePorts, plugin_id: str = "akismet", **entry: Any) -> None:
    """Let the catalogue say something of a plugin: of Akismet what it says at first, with differences."""
    write(world, catalogued_row(replace(AKISMET, plugin_id=plugin_id, **entry)))


def blocked(world: FakePorts, plugin_id: str = "akismet") -> None:
    """Let operators have blocklisted a plugin."""
    curated(world, plugin_id, is_blocklisted=True, blocklist_reason="It mines coins.")


def warned_of(world: FakePorts, plugin_id: str = "akismet", *, fixed_in: str | None = None) -> None:
    """Let a vulnerability be known in all versions of a plugin, or in those before one."""
    hole = Vulnerability(
        vulnerability_id="CVE-2026-1", title="Anybody can sign in", severity=Severity.CRITICAL, fixed_in=fixed_in
    )
    curated(world, plugin_id, vulnerabilities=(hole,))


def shop(**options: Any) -> tuple[OperationWorld, str]:
    """A world with a site in which Akismet is catalogued, and the site's id."""
    world = OperationWorld()
    curated(world)
    return world, site_made(world, **options)


def put_on(world: FakePorts, site_id: str, plugin_id: str = "akismet", **attributes: Any) -> None:
    """Let a plugin of a site be otherwise, or be there at all."""
    plugins = world.wordpress.installed[site_id].content.plugins
    there = plugins.get(plugin_id) or InstalledPlugin(
        plugin_id=plugin_id, name=plugin_id.title(), version="1.0", is_active=False
    )
    plugins[plugin_id] = replace(there, **attributes)


def on_it(world: FakePorts, site_id: str, plugin_id: str = "akismet") -> InstalledPlugin:
    """A plugin as the site has it."""
    return world.wordpress.installed[site_id].content.plugins[plugin_id]


def details(world: Ports, plugin_id: str = "akismet", **options: Any) -> Answer:
    return call(handlers.get, world, parameters={"pluginId": plugin_id}, **options)


def listed(world: Ports, site_id: str, query: str = "", **options: Any) -> Answer:
    return call(handlers.list_installed, world, parameters={"siteId": site_id}, query=query, **options)


def update(world: Ports, site_id: str, plugin_id: str = "akismet", **options: Any) -> Answer:
    return call(handlers.update, world, parameters={"siteId": site_id, "pluginId": plugin_id}, **options)


def toggle(world: Ports, site_id: str, active: bool | None = None, *, plugin_id: str = "akismet", **options: Any) -> Answer:
    """Have a plugin active or not; with None whichever it is not."""
    if active is not None:
        options.setdefault("body", {"isActive": active})
    return call(handlers.toggle, world, parameters={"siteId": site_id, "pluginId": plugin_id}, **options)


def item(world: Ports, site_id: str, plugin_id: str = "akismet", **options: Any) -> Any:
    """A plugin as the list of a site shows it."""
    answer = listed(world, site_id, "pageSize=100", **options)
    assert answer.status == 200, answer.text
    (found,) = [each for each in answer.json["_embedded"]["plugins"] if each["pluginId"] == plugin_id]
    return found
