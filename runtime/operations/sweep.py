"""The sweeper's part: operations that nobody has looked after in time get their message sent again.

That is all it does. Whether such an operation is still to be done, is in somebody's hands, or was tried too often, is decided
where it is for every message: at the claim.
"""

from __future__ import annotations

from runtime.observability import logger
from runtime.operations.domain import Operation
from runtime.operations.rows import SHARDS, due_query, operation_from, operation_key, operation_row
from runtime.outbox.entries import message_entry
from runtime.ports import Ports
from runtime.table.port import Conflict
from runtime.table.unit import Unit

PAGE = 100


def send_overdue(ports: Ports) -> int:
    """Send the messages of overdue operations again; how many."""
    rows = [row for shard in range(SHARDS) for row in ports.table.query(due_query(shard, ports.now(), limit=PAGE))]
    return sum(_send_again(operation_from(row), ports) for row in rows)


def _send_again(found: Operation, ports: Ports) -> bool:
    """Send one again, unless it was looked after since the index was read."""
    unit, now = Unit(ports.table), ports.now()
    (row,) = unit.get(operation_key(found.operation_id))
    operation = operation_from(row) if row else None
    if operation is None or operation.due_at is None or operation.due_at > now:
        return False
    unit.put(operation_row(operation.looked_after(now)))
    unit.put(message_entry(operation, now))
    try:
        unit.commit()
    except Conflict:
        return False
    logger.warning("The operation's message is sent again", operationId=operation.operation_id, attempts=operation.attempts)
    return True
