"""What operators ask of sites and customers cannot: put one back to a backup, renew its secrets.

There is no route to these. They are operations all the same: the site is locked, the tenant's rules hold, whatever dies is
carried on, and customers see what was done in their list of operations.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.route import Role
from runtime.operations.domain import Operation, OperationType
from runtime.sites.accepting import Caller, accept, operation_on, read_to_change
from runtime.sites.rows import site_row
from runtime.sites.staff_steps import BACKUP
from runtime.table.unit import Unit

if TYPE_CHECKING:
    from runtime.ports import Ports

STAFF = Principal(sub="staff", email="", groups=frozenset({Role.STAFF}))
"""Who asks, as customers see it; which person it was stands in the operation's input, which no document shows."""


def recover(
    unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, backup_id: str, keeping_present: bool, operator: str,
    now: datetime,
) -> Operation:  # fmt: skip
    """Accept that a site is put back to one of its backups.

    What it is now is backed up first, so that it can be put back when the restored site does not answer. ``keeping_present`` is
    False for a site of which nothing can be backed up any more: then nothing can be undone. What failed cannot be tried again,
    only asked for anew.
    """
    caller = _caller(f"recover-{site_id}")
    site, tenant = read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.recover_refusal(tenant):
        raise refusal
    steps = ("backup", "restore", "check", "thaw") if keeping_present else ("overwrite", "verify", "thaw")
    wanted = {"url": site.url, "status": site.status.value, BACKUP: backup_id, "operator": operator}
    operation = operation_on(ports, OperationType.SITE_RESTORE, site, steps, wanted, caller, now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    accept(unit, operation, now)
    return operation


def renew(
    unit: Unit, ports: Ports, *, tenant_id: str, site_id: str, salts: bool, forget_former: bool, operator: str, now: datetime
) -> Operation:
    """Accept that a site gets another database password, and the agent's secret and files of today.

    New ``salts`` sign everybody out. An agent that gets another secret takes the former one as well, until it is to
    ``forget_former``.
    """
    caller = _caller(f"renew-{site_id}")
    site, tenant = read_to_change(unit, tenant_id, site_id, caller, now)
    if refusal := site.renew_refusal(tenant):
        raise refusal
    wanted = {"url": site.url, "salts": salts, "forgetFormer": forget_former, "operator": operator}
    operation = operation_on(ports, OperationType.SITE_UPDATE, site, ("renew", "verify"), wanted, caller, now)
    unit.put(site_row(site.with_operation(operation.operation_id, now)))
    accept(unit, operation, now)
    return operation


def _caller(correlation_id: str) -> Caller:
    return Caller(principal=STAFF, correlation_id=correlation_id)
