"""The steps of clones and promotions, which work on two sites: one is read, the other made or overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from runtime.batch_consumer.outcomes import BusinessFault
from runtime.operations.domain import OTHER_SITE
from runtime.operations.workflow import StepContext
from runtime.sites.smoke import REVALIDATED_SECONDS, complaint
from runtime.wordpress.port import JobCommand, SiteAddress


def copy(context: StepContext) -> None:
    """Make the new site of the source's database and files."""
    context.run_job(JobCommand.CLONE, **_place(context), **{"source-id": context.input[OTHER_SITE]})


def back_up_target(context: StepContext) -> None:
    """Make a backup of what is to be overwritten, and make sure of it."""
    context.run_job(JobCommand.BACKUP, on=context.input[OTHER_SITE], **{"backup-id": context.operation.attempt_id})


def stage(context: StepContext) -> None:
    """Build what is to be there beside what is there, out of the source: visitors of the target see nothing of it."""
    rules = context.input["rules"]
    context.run_job(
        JobCommand.STAGE,
        on=context.input[OTHER_SITE],
        users=rules["users"],
        comments=rules["comments"],
        uploads=rules["uploads"],
        **_place(context),
        **{
            "source-id": context.operation.site_id,
            "promotion-id": context.operation.attempt_id,
            "keep-tables": ",".join(rules["keepTables"]),
            "keep-options": ",".join(rules["keepOptions"]),
        },
    )


def switch(context: StepContext) -> None:
    """Put what was built in place of what is there, which is kept. Until the end visitors can only read."""
    _go_on(context, JobCommand.SWITCH)


def smoke(context: StepContext) -> Mapping[str, Any]:
    """See that the target serves its pages; BusinessFault when it does not, so that it is put back."""
    target = SiteAddress(site_id=context.input[OTHER_SITE], url=context.input["url"])
    context.let_pass(REVALIDATED_SECONDS)
    if wrong := complaint(context.ports.agent, target):
        raise BusinessFault(f"The promoted site does not work: {wrong}")
    facts = context.ports.agent.facts(target)
    return {"wordpressVersion": facts.wordpress_version, "phpVersion": facts.php_version}


def accept(context: StepContext) -> None:
    """Let go of what was there before, and let visitors change things again."""
    _go_on(context, JobCommand.ACCEPT)


def put_back(context: StepContext) -> None:
    """Put the target back exactly as it was; one that was not there before is gone again."""
    _go_on(context, JobCommand.PUT_BACK)


def _go_on(context: StepContext, command: JobCommand) -> None:
    context.run_job(command, on=context.input[OTHER_SITE], **{"promotion-id": context.operation.attempt_id})


def _place(context: StepContext) -> dict[str, str]:
    """Where the site that is made or overwritten answers, and what it is for."""
    url: str = context.input["url"]
    return {"host": urlsplit(url).hostname or "", "url": url, "environment": context.input["environment"]}
