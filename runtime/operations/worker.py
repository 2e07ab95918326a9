"""Carrying out an operation: claim it under a lease, do its steps one by one, and commit its end together with what it means.

Every write after the claim is conditional on the claim's fencing token. A worker that was taken for dead, because its lease ran
out, can finish its step but commit nothing of it; and because steps look before they act, whoever took over loses nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from runtime.batch_consumer.outcomes import BusinessFault, DeadLetter, NotYet, Retry
from runtime.batch_consumer.schedule import longest_backoff
from runtime.hateoas_endpoint.problem import BusinessException, Code
from runtime.observability import logger
from runtime.operations.domain import MAX_ATTEMPTS, Operation, OperationError, OperationStatus, OperationType, Standing
from runtime.operations.ledger import take_sites_up, write_ended, write_taken_up
from runtime.operations.measures import measure_end
from runtime.operations.rows import operation_from, operation_key, operation_row
from runtime.operations.workflow import StepContext, Workflow
from runtime.sites.rows import site_key
from runtime.table.port import Key, Row
from runtime.table.unit import Unit, attempts
from runtime.wordpress.port import WordPressFault, WordPressTimeout

if TYPE_CHECKING:
    from runtime.batch_consumer.consumer import Delivery
    from runtime.operations.messages import OperationMessage
    from runtime.operations.ports import OperationPorts

STEP_SECONDS = 30
"""What a step may take. None is begun with less time left, and none takes half as long as its lease."""

RUN_OF_DEAD_LETTER = "deadLetterRun"
"""The attribute of a dead letter that says which run of its operation had ended."""


CUT_SHORT = OperationError(code=Code.SYS_001.name, detail="It was cut short too often.", retryable=True)


class LeaseLost(Exception):
    """Another worker has the operation now."""


class Worker:
    """Carries out operations, each by the workflow of its type."""

    def __init__(self, workflows: Mapping[OperationType, Workflow], ports: OperationPorts) -> None:
        self._workflows = workflows
        self._ports = ports
        self._site: dict[Key, Row | None] = {}
        """The site as it was at the claim. Its operation is the only one to change it, so that it need not be read again."""

    def carry_out(self, message: OperationMessage, delivery: Delivery[OperationPorts]) -> None:
        """Carry out the operation that a message names, as far as it can be now.

        Returns when nothing is left to do. Raises what is to become of the message: see runtime/batch_consumer/outcomes.py.
        """
        run = delivery.attributes.get(RUN_OF_DEAD_LETTER)
        try:
            operation = self._claim(message, dead_letter_of_run=int(run) if run and run.isdecimal() else None)
            if operation:
                logger.append_keys(operationType=operation.operation_type.value, attempt=operation.attempts)
                self._do_steps(operation, delivery)
        except LeaseLost:
            logger.warning("The lease was lost: another worker carries the operation on")

    def _claim(self, message: OperationMessage, *, dead_letter_of_run: int | None) -> Operation | None:
        """The operation in our hands, None when there is nothing to do for us."""
        site = site_key(message.tenant_id, message.site_id)

        def attempt(unit: Unit) -> Operation | None:
            row, self._site[site] = unit.get(operation_key(message.operation_id), site)
            if row is None:
                raise DeadLetter("The message names no operation.")
            operation, now = operation_from(row), self._ports.now()
            standing = operation.standing(now, dead_letter_of_run=dead_letter_of_run)
            match standing:
                case Standing.FINISHED:
                    return None
                case Standing.BUSY:
                    raise _comes_again(operation.leased_until, now)
                case Standing.WAITING:
                    raise _comes_again(operation.resume_at, now)
                case Standing.REOPENABLE:
                    return self._take_up(unit, operation, now)
                case Standing.EXHAUSTED if undo := self._undo(operation):
                    undone = operation.claimed(now).undone_by(now, CUT_SHORT, undo)
                    unit.put(operation_row(undone))
                    return undone
                case Standing.EXHAUSTED:
                    return operation
                case Standing.CLAIMABLE:
                    claimed = operation.claimed(now)
                    unit.put(operation_row(claimed))
                    return claimed

        operation = attempts(lambda: Unit(self._ports.table), attempt, pause=self._ports.pause)
        if operation and operation.standing(self._ports.now()) is Standing.EXHAUSTED:
            self._give_up(operation, operation, CUT_SHORT)
        return operation

    def _take_up(self, unit: Unit, operation: Operation, now: datetime) -> Operation | None:
        """Begin another run of a failed operation whose message was put back from the dead-letter queue."""
        claimed = operation.reopened(now).claimed(now)
        self._site.clear()
        try:
            take_sites_up(unit, operation, self._workflows[operation.operation_type], now)
        except BusinessException as refusal:
            if refusal.code is Code.OPERATION_IN_PROGRESS:
                raise NotYet(STEP_SECONDS) from None
            logger.warning("The site no longer allows the operation", reason=refusal.detail)
            return None
        write_taken_up(unit, claimed)
        return claimed

    def _do_steps(self, operation: Operation, delivery: Delivery[OperationPorts]) -> None:
        workflow = self._workflows[operation.operation_type]
        while step := operation.current:
            context = StepContext(operation, step, self._ports)
            try:
                if delivery.remaining_seconds() < STEP_SECONDS:
                    raise NotYet(0)
                context.end_former_jobs()
                found = workflow.steps[step.name](context)
            except NotYet as wait:
                self._commit(operation, context.operation.waiting(self._ports.now(), wait.delay))
                raise
            except BusinessFault as fault:
                error = OperationError(code=Code.WP_001.name, detail=fault.reason, retryable=False)
                operation = self._give_up(operation, context.operation, error, fault)
            except Exception as fault:
                logger.exception("The step failed", step=step.name)
                operation = self._fault(operation, context.operation, fault)
            else:
                operation = self._step_done(operation, context.operation.step_done(self._ports.now(), found or {}))
                logger.info("The step is done", step=step.name)
        if operation.status.is_open:  # an earlier version had more steps, or none
            self._end(operation, operation.completed(self._ports.now()))

    def _step_done(self, held: Operation, done: Operation) -> Operation:
        """Commit a step, the last one together with the end of the operation."""
        if done.current is not None:
            self._commit(held, done)
            return done
        if done.undoing:
            self._end(held, done.rolled_back_to(self._ports.now(), done.undoing))
            raise _verdict(held, done.undoing)
        completed = done.completed(self._ports.now())
        self._end(held, completed)
        return completed

    def _fault(self, held: Operation, seen: Operation, fault: Exception) -> Operation:
        """Let the message come back for another attempt, or give the operation up after the last one."""
        if seen.attempts >= MAX_ATTEMPTS:
            return self._give_up(held, seen, _error_of(fault), fault)
        backoff = timedelta(seconds=longest_backoff(seen.attempts, self._ports.retry_base_seconds))
        self._commit(held, seen.faulted(self._ports.now(), backoff))
        raise Retry(seen.attempts) from fault

    def _give_up(self, held: Operation, seen: Operation, error: OperationError, fault: Exception | None = None) -> Operation:
        """End the operation as failed and raise what becomes of its message, or have it put back first what it did."""
        if undo := self._undo(seen):
            undone = seen.undone_by(self._ports.now(), error, undo)
            self._commit(held, undone)
            logger.warning("What was done is put back", reason=error.detail, steps=undo)
            return undone
        self._end(held, seen.failed(self._ports.now(), error))
        raise _verdict(held, error) from fault

    def _undo(self, operation: Operation) -> Sequence[str]:
        """The steps that put back what this operation did so far; none while it is doing that already."""
        step, workflow = operation.current, self._workflows[operation.operation_type]
        return () if step is None or operation.undoing else workflow.undo.get(step.name, ())

    def _commit(self, held: Operation, after: Operation) -> None:
        self._write(held, lambda unit, lost: unit.put(operation_row(after), expect=_held(held), refusal=lost))

    def _end(self, held: Operation, ended: Operation) -> None:
        workflow, now = self._workflows[ended.operation_type], self._ports.now()

        def write(unit: Unit, lost: LeaseLost) -> None:
            workflow.settle(unit, ended, now)
            write_ended(unit, ended, now, expect=_held(held), refusal=lost)

        self._write(held, write)
        measure_end(ended)

    def _write(self, held: Operation, write: Callable[[Unit, LeaseLost], None]) -> None:
        lost, known = LeaseLost(held.operation_id), [self._site]  # after a lost race everything is read afresh
        attempts(
            lambda: Unit(self._ports.table, known=known.pop() if known else None),
            lambda unit: write(unit, lost),
            pause=self._ports.pause,
        )


def _held(operation: Operation) -> dict[str, object]:
    """What must still be true of the row for a worker to write it: nobody has claimed or ended it since."""
    return {"fence": operation.fence, "status": OperationStatus.IN_PROGRESS.value}


def _verdict(operation: Operation, error: OperationError) -> Exception:
    """What becomes of the message of an operation that has failed."""
    if not error.retryable:
        return BusinessFault(error.detail)
    marks = {RUN_OF_DEAD_LETTER: str(operation.run), "operationId": operation.operation_id}
    return DeadLetter(f"{error.code}: {error.detail}", **marks)


def _comes_again(when: datetime | None, now: datetime) -> NotYet:
    seconds = (when - now).total_seconds() if when else 0
    return NotYet(max(1, math.ceil(seconds)))


def _error_of(fault: Exception) -> OperationError:
    """What customers read of an unexpected fault: what WordPress did not do, and of our own faults nothing."""
    if isinstance(fault, WordPressFault):
        code = Code.WP_002 if isinstance(fault, WordPressTimeout) else Code.WP_001
        return OperationError(code=code.name, detail=fault.detail, retryable=True)
    return OperationError(code=Code.SYS_001.name, detail="It failed for a reason of ours.", retryable=True)
