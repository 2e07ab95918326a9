"""Activating and deactivating a plugin while the caller waits, with an activation that breaks the site undone.

It is decided once: which state is meant, and how the site was before. Whoever takes the request up again after a crash does the
same, and does not take the damage of the first try for the state that the site was in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from runtime.hateoas_endpoint.problem import Code, ProblemException
from runtime.hateoas_endpoint.representation import Representation, media_type_for
from runtime.hateoas_endpoint.request import Request
from runtime.plugins.domain import Condition, toggle_refusal
from runtime.plugins.links import installed_document
from runtime.plugins.service import SiteOfPlugins, installed_on, one_of, read_site_to_change
from runtime.table.unit import Unit
from runtime.wordpress.port import InstalledPlugin, PluginRefused, WordPressFault
from runtime.wordpress.problems import as_problems

if TYPE_CHECKING:
    from runtime.ports import Ports

VISIT_SECONDS = 5.0
BEGUN_WITHIN = timedelta(seconds=5)
"""The latest moment for an activation to begin: what follows, and undoing it, has to end before the function does."""


class Toggle:
    """One request to have a plugin active or not, in the parts of a Deed; with ``wanted`` None it is to be what it is not."""

    def __init__(self, request: Request, ports: Ports, wanted: bool | None) -> None:
        self._request = request
        self._ports = ports
        self._wanted = wanted
        self._plugin_id = request.parameters["pluginId"]
        self._found: SiteOfPlugins
        self._plugin: InstalledPlugin | None = None

    def prepare(self, unit: Unit) -> None:
        """Find the site, and see that this caller may change it now."""
        principal = self._request.principal
        self._found = read_site_to_change(unit, self._request.parameters["siteId"], self._plugin_id, principal)

    def decide(self) -> Mapping[str, Any]:
        """Which state is meant, whether that is a change, and how the home page was before."""
        plugin = self._installed()
        active = not plugin.is_active if self._wanted is None else self._wanted
        if refusal := toggle_refusal(plugin, self._found.catalogued, active=active):
            raise refusal
        changes = active is not plugin.is_active
        condition = self._condition() if changes and active else Condition.GOOD
        return {"isActive": active, "changes": changes, "conditionBefore": condition.value}

    def carry_out(self, intent: Mapping[str, Any]) -> Representation:
        """Have the plugin so, and show it."""
        plugin, active = self._installed(), intent["isActive"]
        if intent["changes"]:
            if active:
                self._activate(Condition(intent["conditionBefore"]))
            else:
                with as_problems():
                    self._set(active=False)
        shown = replace(plugin, is_active=active if intent["changes"] else plugin.is_active)
        document = installed_document(shown, self._found.catalogued, self._found, self._request.viewer)
        return Representation(document=document, media_type=media_type_for(document))

    def _activate(self, before: Condition) -> None:
        if self._ports.now() - self._request.now > BEGUN_WITHIN:
            raise ProblemException(Code.WP_002, "The site answers too slowly for an activation to be seen through.")
        try:
            with as_problems():
                self._set(active=True)
        except ProblemException as problem:
            raise _told_of_activation(problem) from problem
        if self._condition() > before or not self._confirm():
            self._undo()

    def _confirm(self) -> bool:
        try:
            self._ports.agent.confirm_plugin(self._found.address, plugin_id=self._plugin_id)
        except WordPressFault:
            return False
        return True

    def _undo(self) -> NoReturn:
        try:
            self._set(active=False)
            end = "has been undone"
        except WordPressFault:
            end = "is undone by the site itself within half a minute"
        raise ProblemException(Code.WP_001, f"The site does not work with this plugin: its activation {end}.")

    def _set(self, *, active: bool) -> None:
        self._ports.agent.toggle_plugin(self._found.address, plugin_id=self._plugin_id, active=active)

    def _condition(self) -> Condition:
        try:
            return Condition.of(self._ports.agent.visit(self._found.address, seconds=VISIT_SECONDS))
        except WordPressFault:
            return Condition.BROKEN

    def _installed(self) -> InstalledPlugin:
        if self._plugin is None:
            self._plugin = one_of(installed_on(self._found, self._ports), self._plugin_id)
        return self._plugin


def _told_of_activation(problem: ProblemException) -> ProblemException:
    """An activation's fault with what became of it: WordPress undid what it refused, and the site what was not confirmed."""
    if problem.code not in {Code.WP_001, Code.WP_002}:
        return problem
    refused = isinstance(problem.__cause__, PluginRefused)
    end = "The activation has been undone." if refused else "If it was activated, the site undoes that within half a minute."
    return ProblemException(problem.code, f"{problem.detail} {end}")
