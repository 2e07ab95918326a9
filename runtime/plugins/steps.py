"""The steps of a plugin's update: in place, on a frozen site with a backup, so that a bad version can be taken back whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.batch_consumer.outcomes import BusinessFault, NotYet
from runtime.operations.workflow import StepContext
from runtime.sites.smoke import REVALIDATED_SECONDS, complaint
from runtime.wordpress.port import JobCommand, PluginRefused, SiteAddress, SiteBusy

BUSY_SECONDS = 5


def look(context: StepContext) -> Mapping[str, Any]:
    """Note what is wrong with the site before anything is done: an update that mends a site need not answer for that."""
    wrong = complaint(context.ports.agent, _address(context))
    return {"known": wrong} if wrong else {}


def back_up(context: StepContext) -> None:
    """Let visitors read the site and change nothing, and make a backup: nothing that is written can be lost by a restore."""
    context.run_job(JobCommand.BACKUP, freeze="yes", **{"backup-id": context.operation.attempt_id})


def update(context: StepContext) -> None:
    """Have WordPress put the version in place that was the latest when this was asked for."""
    wanted = context.input
    try:
        context.ports.agent.update_plugin(
            _address(context), plugin_id=wanted["pluginId"], version=wanted["version"], package=wanted["package"]
        )
    except SiteBusy:
        raise NotYet(BUSY_SECONDS) from None
    except PluginRefused as refusal:
        raise BusinessFault(refusal.detail) from refusal


def smoke(context: StepContext) -> None:
    """See that the site still serves its pages and has the plugin as it was; BusinessFault when not, so that it is put back."""
    address, wanted = _address(context), context.input
    context.let_pass(REVALIDATED_SECONDS)
    if wrong := complaint(context.ports.agent, address, known=context.operation.output.get("known")):
        raise BusinessFault(f"The site does not work with version {wanted['version']} of the plugin: {wrong}")
    found = {plugin.plugin_id: plugin for plugin in context.ports.agent.plugins(address)}.get(wanted["pluginId"])
    if found is None or (found.version, found.is_active) != (wanted["version"], wanted["isActive"]):
        raise BusinessFault(f"The plugin is not active at version {wanted['version']} after the update.")


def restore(context: StepContext) -> None:
    """Put files and data back to the backup."""
    context.run_job(JobCommand.RESTORE, **{"backup-id": context.operation.attempt_id})


def thaw(context: StepContext) -> None:
    """Let visitors change things again."""
    context.ports.agent.thaw(_address(context))


def _address(context: StepContext) -> SiteAddress:
    return SiteAddress(site_id=context.operation.site_id, url=context.input["url"])
