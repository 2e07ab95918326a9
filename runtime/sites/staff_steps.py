"""The steps of what operators ask for: a site put back to a backup, and its secrets renewed.

A site is frozen while it is put back: the backup of its present state then holds all that visitors wrote, and whatever goes
wrong afterwards can be undone without losing any of it. What is to be mended may keep WordPress from answering, so the site is
thawed by a job and not by its agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.operations.workflow import StepContext
from runtime.sites.smoke import REVALIDATED_SECONDS
from runtime.sites.steps import verify
from runtime.wordpress.port import JobCommand, SiteAddress, WordPressFault

BACKUP = "backupId"
"""The input that names the backup to which a site is put back."""


def back_up(context: StepContext) -> None:
    """Let visitors read the site and change nothing, and make a backup of its present state."""
    context.run_job(JobCommand.BACKUP, freeze="yes", **{"backup-id": context.operation.attempt_id})


def restore(context: StepContext) -> None:
    """Put files and data back to the backup that was asked for."""
    _restore(context, context.input[BACKUP])


def check(context: StepContext) -> Mapping[str, Any]:
    """See that the site answers as it did then; what was wrong with pages other than the home page is the customer's own."""
    context.let_pass(REVALIDATED_SECONDS)
    return verify(context)


def put_back(context: StepContext) -> None:
    """Put files and data back to what they were before, however bad that was."""
    _restore(context, context.operation.attempt_id)


def thaw(context: StepContext) -> None:
    """Let visitors change things again: where no promotion is under way, that is all there is to be put back."""
    context.run_job(JobCommand.PUT_BACK, **{"promotion-id": context.operation.attempt_id})


def renew(context: StepContext) -> None:
    """Give the site another database password, and its agent the secret and the files of today."""
    salts, forget = (("yes" if context.input[name] else "no") for name in ("salts", "forgetFormer"))
    context.run_job(JobCommand.RENEW, salts=salts, **{"forget-former": forget})


def verify_access(context: StepContext) -> None:
    """See that the site takes our calls and reaches its database; its pages may have been broken before."""
    facts = context.ports.agent.facts(SiteAddress(site_id=context.operation.site_id, url=context.input["url"]))
    if not facts.database_ok:
        raise WordPressFault("The site does not reach its database.")


def _restore(context: StepContext, backup_id: str) -> None:
    context.run_job(JobCommand.RESTORE, **{"backup-id": backup_id})
