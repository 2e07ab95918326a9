"""One operation as operators need it: how it stands, what it waits for, and where its jobs wrote what they did.

Addresses of people are masked in all of it, so that it can be shown to others.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from ops.access import LOCAL, Access, OperatorError
from ops.columns import in_columns
from runtime.clock import iso
from runtime.operations.domain import MAX_ATTEMPTS, Operation, OperationError, Standing
from runtime.operations.rows import operation_from, operation_key
from runtime.sites.rows import site_from, site_key
from runtime.table.port import Table

ADDRESS = re.compile(r"[^\s@\"'<>,;:=]+@([^\s@\"'<>,;:=]+\.[^\s@\"'<>,;:=]+)")
LAST_LINES = 10

MEANINGS = {
    Standing.CLAIMABLE: "its next message carries it on",
    Standing.BUSY: "a worker holds it until its lease ends",
    Standing.WAITING: "it waits for something outside, mostly a job",
    Standing.EXHAUSTED: "it was cut short too often: its next message ends it",
    Standing.FINISHED: "its messages have no effect",
}


def operation_named(table: Table, operation_id: str) -> Operation:
    """The operation; OperatorError where there is none."""
    (row,) = table.get([operation_key(operation_id)])
    if row is None:
        raise OperatorError(f"There is no operation {operation_id}: they are kept for 90 days after their end.")
    return operation_from(row)


def shown(access: Access, operation_id: str, now: datetime) -> str:
    """All there is to say of an operation."""
    operation = operation_named(access.table, operation_id)
    log_of = _last_lines if access.stage == LOCAL else _log_command
    parts = [_head(operation, _lock(access.table, operation), now), _steps(operation), *_logs(operation, log_of)]
    return ADDRESS.sub(r"***@\1", "\n\n".join(parts))


def _head(operation: Operation, lock: str, now: datetime) -> str:
    standing = operation.standing(now)
    facts = {
        "operation": f"{operation.operation_id}, {operation.operation_type}",
        "status": f"{operation.status}, {operation.progress} %: {operation.message}",
        "standing": f"{standing}: {MEANINGS[standing]}",
        "site": f"{operation.site_id} of {operation.tenant_id}, {lock}",
        "attempts": f"{operation.attempts} of {MAX_ATTEMPTS} in run {operation.run}, fence {operation.fence}",
        "lease until": _moment(operation.leased_until, now),
        "waits until": _moment(operation.resume_at, now),
        "sent again": _moment(operation.due_at, now),
        "asked for": f"{_moment(operation.created_at, now)} by {operation.created_by}",
        "started": _moment(operation.started_at, now),
        "ended": _moment(operation.completed_at, now),
        "correlation": operation.correlation_id,
        "error": _error(operation.error),
        "given up for": _error(operation.undoing),
        "rolled back": "yes" if operation.rolled_back else "",
        "input": json.dumps(dict(operation.input), default=str),
        "output": json.dumps(dict(operation.output), default=str) if operation.output else "",
    }
    return in_columns([(name, value) for name, value in facts.items() if value])


def _steps(operation: Operation) -> str:
    lines = [("STEP", "STATUS", "ATTEMPTS", "STARTED", "ENDED", "JOBS OVER", "JOB AT WORK")]
    for step in operation.steps:
        started, ended = (iso(moment) if moment else "-" for moment in (step.started_at, step.ended_at))
        name = f"{step.name} (putting back)" if step.undoes else step.name
        lines.append((name, step.status, str(step.attempts), started, ended, str(step.past_jobs), step.job_handle or "-"))
    return in_columns(lines)


def _logs(operation: Operation, log_of: Callable[[str], str]) -> Iterator[str]:
    for step in operation.steps:
        if step.job_log:
            yield f"{step.name}, its last job's log:\n{log_of(step.job_log)}"


def _log_command(pointer: str) -> str:
    """How to read the log of a task, of which the pointer is ``GROUP:STREAM``."""
    group, _, stream = pointer.partition(":")
    command = ["aws", "logs", "get-log-events", "--log-group-name", group, "--log-stream-name", stream, "--start-from-head"]
    return f"  {shlex.join([*command, '--query', 'events[].message', '--output', 'text'])}"


def _last_lines(pointer: str) -> str:
    """The path of a process' log and its end; the traces in it as Python writes them."""
    path = Path(pointer)
    lines = path.read_text(errors="replace").splitlines() if path.is_file() else ["(there is no such file any more)"]
    told = "\n".join(_told(line) for line in lines[-LAST_LINES:]) or "(it is empty)"
    return f"  {path}\n" + "\n".join(f"    {line}" for line in told.splitlines())


def _told(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    return str(entry["trace"]).rstrip() if isinstance(entry, dict) and "trace" in entry else line


def _lock(table: Table, operation: Operation) -> str:
    (row,) = table.get([site_key(operation.tenant_id, operation.site_id)])
    if row is None:
        return "which is gone"
    site = site_from(row)
    held = {operation.operation_id: "locked by this operation", None: "not locked"}
    return f"{site.status}, {held.get(site.active_operation, f'locked by {site.active_operation}')}"


def _error(error: OperationError | None) -> str:
    return f"{error.code}, {'may be tried again' if error.retryable else 'for good'}: {error.detail}" if error else ""


def _moment(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    seconds = round((moment - now).total_seconds())
    return f"{iso(moment)} ({f'in {seconds} s' if seconds >= 0 else f'{-seconds} s ago'})"
