"""WordPress in memory: sites that maintenance jobs make and change, and the agents inside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from runtime.wordpress.port import (
    InstalledPlugin,
    Job,
    JobCommand,
    JobState,
    JobStatus,
    PluginMissing,
    PluginRefused,
    SiteAddress,
    SiteFacts,
    SiteVitals,
    Visit,
    WordPressFault,
)

DONE = JobState(status=JobStatus.SUCCEEDED)
AKISMET = InstalledPlugin(plugin_id="akismet", name="Akismet", version="5.7.2", is_active=False, latest_version="5.7.2")
HELLO = InstalledPlugin(plugin_id="hello-dolly", name="Hello Dolly", version="1.7.2", is_active=False, latest_version="1.7.2")


def bundled() -> dict[str, InstalledPlugin]:
    """The plugins that a new site has."""
    return {plugin.plugin_id: plugin for plugin in (AKISMET, HELLO)}


@dataclass
class Content:
    """What a site consists of: posts and the like as one text, and its plugins."""

    text: str = "as installed"
    plugins: dict[str, InstalledPlugin] = field(default_factory=bundled)


@dataclass
class Promotion:
    """A promotion that is under way on a target: what is to be there, and what was there before, once it is switched."""

    promotion_id: str
    fresh: Content
    former: Content | None = None
    switched: bool = False


@dataclass
class Installed:
    """A site as it is on the WordPress side."""

    title: str
    offline: str | None = None
    frozen: bool = False
    content: Content = field(default_factory=Content)
    backups: dict[str, Content] = field(default_factory=dict)
    renewals: int = 0


@dataclass
class FakeWordPress:
    """All sites of the stage. ``effects`` counts what was really changed: a job that finds its work done changes nothing.

    ``broken`` holds the versions of plugins, as in ``akismet 6.0``, with which the pages of a site fail while they are active;
    ``refused`` those whose package WordPress refuses.
    """

    installed: dict[str, Installed] = field(default_factory=dict)
    promotions: dict[str, Promotion] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    broken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def run(self, job: Job) -> None:
        """Do a job, looking first."""
        if (_PROMOTING if job.command in _PROMOTING else _MAINTAINING)[job.command](self, job, self.installed.get(job.site_id)):
            self.effects[job.command] += 1

    def publish(self, plugin_id: str, version: str) -> None:
        """Let the directory have a newer version of a plugin, for every site."""
        for site in self.installed.values():
            if plugin_id in site.content.plugins:
                package = f"https://downloads.wordpress.org/plugin/{plugin_id}.{version}.zip"
                plugin = site.content.plugins[plugin_id]
                site.content.plugins[plugin_id] = replace(plugin, latest_version=version, package=package)

    def fails(self, site: Installed) -> bool:
        """Whether the pages of a site fail."""
        return any(plugin.is_active and _named(plugin) in self.broken for plugin in site.content.plugins.values())


def _named(plugin: InstalledPlugin) -> str:
    return f"{plugin.plugin_id} {plugin.version}"


def _install(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    if site is None:
        world.installed[job.site_id] = Installed(title=job.options["title"])
    return site is None


def _remove(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    return world.installed.pop(job.site_id, None) is not None


def _offline(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    changed = site is not None and site.offline != job.options["reason"]
    if site:
        site.offline = job.options["reason"]
    return changed


def _online(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    changed = site is not None and site.offline is not None
    if site:
        site.offline = None
    return changed


def _back_up(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    if site is None or job.options["backup-id"] in site.backups:
        return False
    site.frozen = site.frozen or job.options.get("freeze") == "yes"
    site.backups[job.options["backup-id"]] = deepcopy(site.content)
    return True


def _restore(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    assert site, "only what is there is restored"
    changed = site.content != site.backups[job.options["backup-id"]]
    site.content = deepcopy(site.backups[job.options["backup-id"]])
    return changed


def _renew(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    assert site, "only what is there is renewed"
    site.renewals += 1
    return True


def _clone(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    source = world.installed[job.options["source-id"]]
    if site is None:
        world.installed[job.site_id] = Installed(title=source.title, content=deepcopy(source.content))
    return site is None


def _stage(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    under_way = world.promotions.get(job.site_id)
    if under_way and under_way.promotion_id == job.options["promotion-id"]:
        return False
    fresh = deepcopy(world.installed[job.options["source-id"]].content)
    world.promotions[job.site_id] = Promotion(job.options["promotion-id"], fresh)
    return True


def _switch(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    under_way = world.promotions[job.site_id]
    assert under_way.promotion_id == job.options["promotion-id"]
    if under_way.switched:
        return False
    if site is None:
        site = world.installed[job.site_id] = Installed(title="promoted")
    else:
        under_way.former = site.content
    site.content, site.frozen, under_way.switched = under_way.fresh, True, True
    return True


def _accept(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    assert site
    if _under_way(world, job) is None:
        return False
    site.frozen = False
    del world.promotions[job.site_id]
    return True


def _put_back(world: FakeWordPress, job: Job, site: Installed | None) -> bool:
    if site:
        site.frozen = False
    if (under_way := _under_way(world, job)) is None:
        return False
    del world.promotions[job.site_id]
    if under_way.switched and under_way.former is None:
        del world.installed[job.site_id]
    elif site and under_way.former:
        site.content = under_way.former
    return True


def _under_way(world: FakeWordPress, job: Job) -> Promotion | None:
    """The promotion that a job names, if it is under way on its target."""
    found = world.promotions.get(job.site_id)
    return found if found and found.promotion_id == job.options["promotion-id"] else None


Doing = Callable[[FakeWordPress, Job, Installed | None], bool]
_MAINTAINING: dict[JobCommand, Doing] = {
    JobCommand.INSTALL: _install,
    JobCommand.REMOVE: _remove,
    JobCommand.OFFLINE: _offline,
    JobCommand.ONLINE: _online,
    JobCommand.BACKUP: _back_up,
    JobCommand.RESTORE: _restore,
    JobCommand.RENEW: _renew,
}
_PROMOTING: dict[JobCommand, Doing] = {
    JobCommand.CLONE: _clone,
    JobCommand.STAGE: _stage,
    JobCommand.SWITCH: _switch,
    JobCommand.ACCEPT: _accept,
    JobCommand.PUT_BACK: _put_back,
}


@dataclass
class FakeAgent:
    """The agents of all sites; raises what ``faults`` hold first, or ``down`` with every call while it is set.

    ``calls`` counts what was asked. ``vital`` is what all sites measure of themselves besides their plugins, ``visits`` what
    a visitor gets of a path instead of the page.
    """

    wordpress: FakeWordPress
    faults: list[Exception] = field(default_factory=list)
    down: Exception | None = None
    calls: Counter[str] = field(default_factory=Counter)
    visits: dict[str, Visit] = field(default_factory=dict)
    vital: dict[str, Any] = field(default_factory=dict)
    unconfirmed: set[str] = field(default_factory=set)

    def facts(self, site: SiteAddress) -> SiteFacts:
        self._site("facts", site)
        return _facts(site)

    def rename(self, site: SiteAddress, *, site_name: str) -> None:
        installed = self._site("rename", site)
        if installed.title != site_name:
            installed.title = site_name
            self.wordpress.effects["rename"] += 1

    def visit(self, site: SiteAddress, path: str = "/", *, seconds: float | None = None) -> Visit:
        installed = self._site("visit", site)
        if path in self.visits:
            return self.visits[path]
        return Visit(status=503 if installed.offline else 500 if self.wordpress.fails(installed) else 200, seconds=0.1)

    def vitals(self, site: SiteAddress, *, seconds: float | None = None) -> SiteVitals:
        plugins = tuple(self._site("vitals", site).content.plugins.values())
        healthy = {"core_update": None, "updates_checked": True, "cron_lag_seconds": 0, "disk_free_percent": 80.0}
        return SiteVitals(**{"facts": _facts(site), "plugins": plugins, **healthy, **self.vital})

    def plugins(self, site: SiteAddress, *, fresh: bool = False) -> tuple[InstalledPlugin, ...]:
        return tuple(self._site("plugins", site).content.plugins.values())

    def update_plugin(self, site: SiteAddress, *, plugin_id: str, version: str, package: str) -> None:
        plugin = self._plugin(self._site("update_plugin", site), plugin_id)
        if f"{plugin_id} {version}" in self.wordpress.refused:
            raise PluginRefused("The package of the plugin is no good.")
        if plugin.version != version:
            content = self.wordpress.installed[site.site_id].content
            content.plugins[plugin_id] = replace(plugin, version=version)
            self.wordpress.effects["update plugin"] += 1

    def toggle_plugin(self, site: SiteAddress, *, plugin_id: str, active: bool) -> bool:
        installed = self._site("toggle_plugin", site)
        plugin = self._plugin(installed, plugin_id)
        if active and _named(plugin) in self.wordpress.refused:
            raise PluginRefused("The plugin fails when it is activated.")
        if plugin.is_active == active:
            return False
        installed.content.plugins[plugin_id] = replace(plugin, is_active=active)
        (self.unconfirmed.add if active else self.unconfirmed.discard)(f"{site.site_id} {plugin_id}")
        self.wordpress.effects["toggle plugin"] += 1
        return True

    def confirm_plugin(self, site: SiteAddress, *, plugin_id: str) -> None:
        self._site("confirm_plugin", site)
        self.unconfirmed.discard(f"{site.site_id} {plugin_id}")

    def thaw(self, site: SiteAddress) -> None:
        installed = self._site("thaw", site)
        self.wordpress.effects["thaw"] += installed.frozen
        installed.frozen = False

    def _plugin(self, installed: Installed, plugin_id: str) -> InstalledPlugin:
        if plugin_id not in installed.content.plugins:
            raise PluginMissing("There is no such plugin on the site.")
        return installed.content.plugins[plugin_id]

    def _site(self, call: str, site: SiteAddress) -> Installed:
        self.calls[call] += 1
        if self.faults:
            raise self.faults.pop(0)
        if self.down:
            raise self.down
        if site.site_id not in self.wordpress.installed:
            raise WordPressFault("WordPress does not answer.")
        return self.wordpress.installed[site.site_id]


def _facts(site: SiteAddress) -> SiteFacts:
    return SiteFacts(site_id=site.site_id, wordpress_version="7.1.1", php_version="8.2.36", database_ok=True, safe_mode=False)


def failed(detail: str = "The database is not there.") -> JobState:
    return JobState(status=JobStatus.FAILED, detail=detail)


def refused(detail: str = "There is no plugin of this name.") -> JobState:
    return JobState(status=JobStatus.REFUSED, detail=detail)


def state_of(wordpress: FakeWordPress) -> dict[str, Any]:
    """What can be compared of the WordPress side after two histories that should come to the same."""
    return {
        site_id: (site.title, site.offline, site.frozen, site.content, len(site.backups))
        for site_id, site in wordpress.installed.items()
    } | {"under way": sorted(wordpress.promotions)}
