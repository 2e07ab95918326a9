"""What it takes to ask for an operation by hand: the site, whosever it is, and a commit that a lost race does not end."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone

from ops.access import OperatorError
from runtime.operations.domain import Operation
from runtime.sites.domain import Site
from runtime.sites.rows import existing_site, pointer_key, site_key
from runtime.table.port import Table
from runtime.table.unit import Unit, attempts


def site_named(table: Table, site_id: str) -> Site:
    """The site of this id; OperatorError where there is none."""
    (pointer,) = table.get([pointer_key(site_id)])
    if pointer is None:
        raise OperatorError(f"There is no site {site_id}, or it was deleted for good.")
    (row,) = table.get([site_key(pointer["tenantId"], site_id)])
    return existing_site(row)


def asked(table: Table, accept: Callable[[Unit, datetime], Operation]) -> Operation:
    """Have an operation accepted; raises what refuses it."""
    return attempts(lambda: Unit(table), lambda unit: accept(unit, datetime.now(timezone.utc)), pause=time.sleep)
