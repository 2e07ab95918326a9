"""The life of an operation, as pure rules: who may claim it when, what each event makes of it, and when to look after it.

``PENDING → IN_PROGRESS → COMPLETED | FAILED``, ``PENDING → CANCELLED``, and ``FAILED → PENDING | IN_PROGRESS`` when it is tried
again. An operation is worked on under a lease (``leased_until``); every claim raises ``fence``, the fencing token on which all
later writes of that claim are conditional, so that a worker whose lease was taken over can commit nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from runtime.clock import instant
from runtime.hateoas_endpoint.problem import BusinessException, Code

LEASE = timedelta(seconds=60)
"""Longer than any step between two commits: steps never wait, and each call of theirs ends within 30 seconds."""

MAX_ATTEMPTS = 3
OVERDUE = timedelta(seconds=60)
"""How long after its time an operation is sent again."""

KEPT = timedelta(days=90)
OTHER_SITE = "otherSiteId"
"""The input that names a second site on which the operation works."""


class OperationType(StrEnum):
    """What an operation does to its site."""

    SITE_CREATION = "SITE_CREATION"
    SITE_UPDATE = "SITE_UPDATE"
    SITE_DELETION = "SITE_DELETION"
    SITE_CLONE = "SITE_CLONE"
    SITE_PROMOTION = "SITE_PROMOTION"
    PLUGIN_UPDATE = "PLUGIN_UPDATE"
    SITE_RESTORE = "SITE_RESTORE"


class OperationStatus(StrEnum):
    """How far an operation has come."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_open(self) -> bool:
        """Whether there is still something to be done."""
        return self in {OperationStatus.PENDING, OperationStatus.IN_PROGRESS}


class StepStatus(StrEnum):
    """How far a step has come."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of an operation; one that ``undoes`` puts back what those before it did.

    ``past_jobs`` counts the maintenance jobs of this step that are over and done with, because they failed or were undone; it
    makes the next one's id. ``job_handle`` is the handle of the one that runs, or may still be running where the step failed.
    ``job_log`` is where operators read what the last one said; no document shows it.
    """

    name: str
    status: StepStatus = StepStatus.PENDING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    past_jobs: int = 0
    job_handle: str | None = None
    job_started_at: datetime | None = None
    job_log: str | None = None
    undoes: bool = False


@dataclass(frozen=True, kw_only=True)
class OperationError:
    """Why an operation failed, fit for customers to read; ``retryable`` when the same operation may succeed another time."""

    code: str
    detail: str
    retryable: bool


class Standing(StrEnum):
    """What a message that names an operation finds it to be."""

    CLAIMABLE = "CLAIMABLE"
    FINISHED = "FINISHED"
    BUSY = "BUSY"
    WAITING = "WAITING"
    EXHAUSTED = "EXHAUSTED"
    REOPENABLE = "REOPENABLE"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One asynchronous job on a site.

    ``input`` is everything its steps work from, ``output`` what they found out. ``attempts`` counts the claims of this ``run``,
    those included in which the worker died; a run ends with the operation, and trying it again begins another. ``beginning``
    counts how often it began with its first step: a run that goes on where the last one stopped is none.
    ``resume_at`` is set while it waits for something outside, ``due_at`` when the sweeper has to look after it.
    ``undoing`` is why it is given up, from when on what it did is put back.
    """

    operation_id: str
    tenant_id: str
    site_id: str
    operation_type: OperationType
    steps: tuple[Step, ...]
    input: Mapping[str, Any]
    created_at: datetime
    created_by: str
    correlation_id: str
    status: OperationStatus = OperationStatus.PENDING
    message: str = "Waiting to be started."
    progress: int = 0
    output: Mapping[str, Any] = field(default_factory=dict)
    error: OperationError | None = None
    undoing: OperationError | None = None
    attempts: int = 0
    run: int = 1
    beginning: int = 1
    fence: int = 0
    leased_until: datetime | None = None
    resume_at: datetime | None = None
    due_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    rolled_back: bool | None = None
    version: int = 1
    decided_version: int = 1

    @property
    def current(self) -> Step | None:
        """The step to be done next, None when there is none left."""
        return next((step for step in self.steps if step.status in {StepStatus.PENDING, StepStatus.IN_PROGRESS}), None)

    @property
    def site_ids(self) -> tuple[str, ...]:
        """The sites that are locked while it is at work: its own, and the one that it copies from or to."""
        other: str | None = self.input.get(OTHER_SITE)
        return (self.site_id, other) if other else (self.site_id,)

    @property
    def attempt_id(self) -> str:
        """The name of what is left outside for later steps to find again, such as a backup: another one only from the start."""
        return f"{self.operation_id}-r{self.beginning}"

    def standing(self, now: datetime, *, dead_letter_of_run: int | None = None) -> Standing:
        """What a message finds at this moment; ``dead_letter_of_run`` is the run that a dead letter, put back, had ended."""
        if self.status is OperationStatus.FAILED and dead_letter_of_run == self.run and self.error and self.error.retryable:
            return Standing.REOPENABLE
        if not self.status.is_open:
            return Standing.FINISHED
        if self.leased_until and now < self.leased_until:
            return Standing.BUSY
        if self.resume_at and now < self.resume_at:
            return Standing.WAITING
        if self.attempts >= MAX_ATTEMPTS and self.resume_at is None:
            return Standing.EXHAUSTED
        return Standing.CLAIMABLE

    def claimed(self, now: datetime) -> Operation:
        """The operation in a worker's hands. Coming back from a wait is no new attempt."""
        moment = instant(now)
        claimed = replace(
            self,
            status=OperationStatus.IN_PROGRESS,
            attempts=self.attempts + (self.resume_at is None),
            fence=self.fence + 1,
            resume_at=None,
            started_at=self.started_at or moment,
        )
        return claimed._held(now)._begun(now, again=self.resume_at is None)

    def step_done(self, now: datetime, output: Mapping[str, Any]) -> Operation:
        """After the current step: it is done, the next one begun, the lease renewed."""
        done = self._with_current(status=StepStatus.COMPLETED, ended_at=instant(now), job_handle=None)
        finished = sum(step.status is StepStatus.COMPLETED for step in done.steps)
        progress = max(self.progress, min(99, 100 * finished // len(done.steps)))
        return replace(done, progress=progress, output={**self.output, **output})._held(now)._begun(now, again=True)

    def waiting(self, now: datetime, seconds: float) -> Operation:
        """While something outside takes its time: nobody holds the operation until then."""
        resume_at = instant(now) + timedelta(seconds=seconds)
        return self._written(replace(self, leased_until=None, resume_at=resume_at, due_at=resume_at + OVERDUE))

    def faulted(self, now: datetime, backoff: timedelta) -> Operation:
        """After an unexpected fault: its message comes back within the backoff, and the sweeper looks after it from then on."""
        message = f"Attempt {self.attempts} of {MAX_ATTEMPTS} failed; it is tried again."
        return self._written(replace(self, leased_until=None, message=message, due_at=instant(now) + backoff + OVERDUE))

    def with_job(self, handle: str, log: str, now: datetime) -> Operation:
        """The current step's maintenance job was started under a handle."""
        return self._with_current(job_handle=handle, job_log=log, job_started_at=instant(now))

    def with_job_over(self, step: Step) -> Operation:
        """A step's maintenance job is over and did not do its work; the next one will be another."""
        return self._with(step, job_handle=None, past_jobs=step.past_jobs + 1)

    def undone_by(self, now: datetime, error: OperationError, steps: Sequence[str]) -> Operation:
        """The operation is given up, and these steps put back what it did: with attempts of their own, under the same lease."""
        stopped = self._with_current(status=StepStatus.FAILED, ended_at=instant(now))
        skipped = tuple(replace(s, status=StepStatus.SKIPPED) if s.status is StepStatus.PENDING else s for s in stopped.steps)
        undo = tuple(Step(name=name, undoes=True) for name in steps)
        return replace(stopped, steps=(*skipped, *undo), undoing=error, attempts=1)._held(now)._begun(now, again=True)

    def rolled_back_to(self, now: datetime, error: OperationError) -> Operation:
        """All is put back, and the operation has failed."""
        return replace(self._ended(now, OperationStatus.FAILED, error.detail), error=error, undoing=None, rolled_back=True)

    def completed(self, now: datetime) -> Operation:
        """All steps are done."""
        return replace(self._ended(now, OperationStatus.COMPLETED, "Done."), progress=100, error=None)

    def failed(self, now: datetime, error: OperationError) -> Operation:
        """The operation is given up, for good or until somebody tries it again."""
        stopped = self._with_current(status=StepStatus.FAILED, ended_at=instant(now))
        return replace(stopped._ended(now, OperationStatus.FAILED, error.detail), error=error)

    def cancel_refusal(self) -> BusinessException | None:
        """What forbids to cancel it, if anything does: only what has not begun can be cancelled."""
        if self.status is OperationStatus.PENDING:
            return None
        return self._invalid_state("Only a pending operation can be cancelled.", OperationStatus.CANCELLED)

    def cancelled(self, now: datetime) -> Operation:
        """The operation called off before it began; raises INVALID_STATE after that."""
        if refusal := self.cancel_refusal():
            raise refusal
        return self._decided(self._ended(now, OperationStatus.CANCELLED, "Cancelled before it began."))

    def retry_refusal(self) -> BusinessException | None:
        """What in the operation itself forbids to try it again, if anything does."""
        if self.status is OperationStatus.FAILED and self.error and self.error.retryable:
            return None
        return self._invalid_state("Only an operation that failed, and may be retried, can be tried again.")

    def reopened(self, now: datetime) -> Operation:
        """A failed operation to be tried again, pending in another run.

        Steps that are done stay done, unless they were put back: then it begins anew.
        """
        if refusal := self.retry_refusal():
            raise refusal
        return self._decided(
            self._written(
                replace(
                    self,
                    steps=self._steps_from_the_start() if self.rolled_back else self._steps_from_the_fault(),
                    status=OperationStatus.PENDING,
                    message="Waiting to be started again.",
                    error=None,
                    completed_at=None,
                    rolled_back=None,
                    attempts=0,
                    run=self.run + 1,
                    beginning=self.beginning + bool(self.rolled_back),
                    due_at=instant(now) + OVERDUE,
                )
            )
        )

    def looked_after(self, now: datetime) -> Operation:
        """After the sweeper sent its message again: not again before the usual time, and who let its lease run out is out."""
        return self._written(replace(self, fence=self.fence + 1, due_at=instant(now) + OVERDUE))

    def _held(self, now: datetime) -> Operation:
        lease_end = instant(now) + LEASE
        return self._written(replace(self, leased_until=lease_end, due_at=lease_end))

    def _begun(self, now: datetime, *, again: bool) -> Operation:
        step = self.current
        if step is None:
            return self
        started, attempts = step.started_at or instant(now), step.attempts + again
        begun = self._with_current(status=StepStatus.IN_PROGRESS, started_at=started, ended_at=None, attempts=attempts)
        return replace(begun, message=f"{'Putting back' if step.undoes else 'At work'}: {step.name}.")

    def _ended(self, now: datetime, status: OperationStatus, message: str) -> Operation:
        ended = replace(self, status=status, message=message, completed_at=instant(now), leased_until=None, resume_at=None)
        return self._written(replace(ended, due_at=None))

    def _steps_from_the_fault(self) -> tuple[Step, ...]:
        """The step that failed last is to be done again; one that failed before it is what is being undone."""
        last = next((step for step in reversed(self.steps) if step.status is StepStatus.FAILED), None)
        return tuple(replace(step, status=StepStatus.PENDING, ended_at=None) if step is last else step for step in self.steps)

    def _steps_from_the_start(self) -> tuple[Step, ...]:
        """A job that was done and put back is to be done again, as another."""
        return tuple(Step(name=step.name, past_jobs=step.past_jobs + 1) for step in self.steps if not step.undoes)

    def _with_current(self, **changes: Any) -> Operation:
        return self._with(self.current, **changes)

    def _with(self, changed: Step | None, **changes: Any) -> Operation:
        return replace(self, steps=tuple(replace(step, **changes) if step is changed else step for step in self.steps))

    def _written(self, changed: Operation) -> Operation:
        return replace(changed, version=self.version + 1)

    def _decided(self, changed: Operation) -> Operation:
        return replace(changed, decided_version=changed.version)

    def _invalid_state(self, detail: str, *allowed: OperationStatus) -> BusinessException:
        transitions = [status.value for status in allowed if self.status is OperationStatus.PENDING]
        extra = {"currentStatus": self.status.value, "allowedTransitions": transitions}
        return BusinessException(Code.INVALID_STATE, detail, extra=extra)


def request_operation(
    *,
    operation_id: str,
    operation_type: OperationType,
    tenant_id: str,
    site_id: str,
    steps: tuple[str, ...],
    input_: Mapping[str, Any],
    by: str,
    correlation_id: str,
    now: datetime,
) -> Operation:
    """A new operation, pending, which the sweeper looks after once it is overdue."""
    moment = instant(now)
    return Operation(
        operation_id=operation_id,
        tenant_id=tenant_id,
        site_id=site_id,
        operation_type=operation_type,
        steps=tuple(Step(name=name) for name in steps),
        input=dict(input_),
        created_at=moment,
        created_by=by,
        correlation_id=correlation_id,
        due_at=moment + OVERDUE,
    )
