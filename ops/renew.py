"""Renewing the secrets of sites, one operation each: of one site, or of all, a few at a time to leave customers their turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ops.asking import asked
from ops.following import LOOK_SECONDS, ending_of
from ops.operation import operation_named
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.operations.domain import Operation, OperationStatus
from runtime.ports import EnvironmentPorts
from runtime.sites import staff
from runtime.sites.domain import Site, SiteStatus
from runtime.table.port import Table

PASSING = {Code.OPERATION_IN_PROGRESS, Code.RATE_LIMITED}
"""Refusals that pass when other operations of the site or of its tenant have ended."""

WITH_SECRETS = {SiteStatus.ACTIVE, SiteStatus.SUSPENDED, SiteStatus.DEPROVISIONING}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be renewed beyond the database password and what the agent has, and who wishes it."""

    operator: str
    salts: bool = False
    forget_former: bool = False


def renew(table: Table, site: Site, wish: Wish) -> Operation:
    """Ask for one site; raises what forbids it in the site or its tenant."""
    return asked(
        table,
        lambda unit, now: staff.renew(
            unit,
            EnvironmentPorts(),
            tenant_id=site.tenant_id,
            site_id=site.site_id,
            salts=wish.salts,
            forget_former=wish.forget_former,
            operator=wish.operator,
            now=now,
        ),
    )


def renew_all(
    table: Table,
    sites: Iterable[Site],
    wish: Wish,
    *,
    at_once: int,
    say: Callable[[str], None],
    pause: Callable[[float], None],
) -> list[str]:
    """Renew so many sites at a time, and say what became of each.

    Gives the ids of those that were not renewed: those that refuse it, and those whose operation failed.
    """
    waiting = deque(site for site in sites if site.status in WITH_SECRETS)
    running: list[str] = []
    left_out: list[str] = []
    while waiting or running:
        for site in [waiting.popleft() for _ in range(min(len(waiting), at_once - len(running)))]:
            try:
                running.append(renew(table, site, wish).operation_id)
            except BusinessException as refusal:
                if refusal.code in PASSING:
                    waiting.append(site)
                else:
                    say(f"{site.site_id}  {refusal}")
                    left_out.append(site.site_id)
        pause(LOOK_SECONDS)
        ended = [each for each in (operation_named(table, id_) for id_ in running) if not each.status.is_open]
        for operation in ended:
            running.remove(operation.operation_id)
            say(f"{operation.site_id}  {ending_of(operation)}")
            if operation.status is not OperationStatus.COMPLETED:
                left_out.append(operation.site_id)
    return left_out
