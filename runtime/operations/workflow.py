"""What the engine needs to know of a kind of operation: its steps, and what its beginning and end mean for its sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from runtime.batch_consumer.outcomes import BusinessFault, NotYet
from runtime.observability import logger
from runtime.operations.defaults import DEADLINES, LONGEST_WAIT, SEEN_WITHIN, SHORTEST_WAIT, STOPPED_WITHIN
from runtime.operations.domain import Operation, Step
from runtime.table.unit import Unit
from runtime.wordpress.port import Job, JobCommand, JobNotStarted, JobState, JobStatus, WordPressFault, WordPressTimeout

if TYPE_CHECKING:
    from runtime.hateoas_endpoint.problem import BusinessException
    from runtime.operations.ports import OperationPorts
    from runtime.sites.domain import Site
    from runtime.tenants.domain import Tenant

LATE = "The work on the site took too long and was stopped."


class JobFailed(WordPressFault):
    """A maintenance job failed in a way that may pass."""


class JobStopped(WordPressTimeout):
    """A maintenance job did not end in time and was stopped."""


class StepContext:
    """What a step works with. ``operation`` becomes what the step has to remember, which is committed after it."""

    def __init__(self, operation: Operation, step: Step, ports: OperationPorts) -> None:
        self.operation = operation
        self._step = step
        self.ports = ports

    @property
    def input(self) -> Mapping[str, Any]:
        """What the operation works from."""
        return self.operation.input

    def let_pass(self, seconds: float) -> None:
        """Come back when so many seconds have passed since this step was begun; raises NotYet until then."""
        left = seconds - (self.ports.now() - (self._step.started_at or self.ports.now())).total_seconds()
        if left > 0:
            raise NotYet(ceil(left))

    def run_job(self, command: JobCommand, *, on: str | None = None, **options: str) -> None:
        """Have the maintenance command run once for this step, and come back when it is done.

        It works ``on`` the operation's own site, unless another is named.

        Raises NotYet while it runs, BusinessFault when it is refused for good, JobFailed when it failed, and JobStopped when it
        did not end in time. A job's id follows from the operation, the step and how many of its jobs are past. So a worker that
        dies right after starting one finds that very job again, and only after a job is over is another one started.
        """
        handle = self._step.job_handle or self._started(command, on or self.operation.site_id, options)
        step = self.operation.current or self._step
        state, ran = self._look_at_job(step, handle)
        overdue = ran - DEADLINES[command]
        is_late = overdue >= timedelta()
        if state.status is JobStatus.RUNNING:
            if is_late:
                self._stop_job(step, handle, overdue=overdue)
            raise NotYet(_until_next_look(ran))
        if state.status is JobStatus.SUCCEEDED:
            return
        self.operation = self.operation.with_job_over(step)
        if state.status is JobStatus.REFUSED:
            raise BusinessFault(state.detail)
        raise JobStopped(LATE) if is_late else JobFailed(state.detail)

    def end_former_jobs(self) -> None:
        """See that no job of a step that was given up is still at work: two jobs must not work on one site.

        Raises NotYet until all are over.
        """
        for step in self.operation.steps:
            if step.job_handle is None or step is self._step:
                continue
            state, ran = self._look_at_job(step, step.job_handle)
            if state.status is JobStatus.RUNNING:
                self._stop_job(step, step.job_handle, overdue=self._since(step.ended_at))
                raise NotYet(_until_next_look(ran))
            self.operation = self.operation.with_job_over(step)

    def _started(self, command: JobCommand, site_id: str, options: Mapping[str, str]) -> str:
        """The handle of this step's job; raises NotYet where it is too early to look at it."""
        maintenance, step = self.ports.maintenance, self._step
        job_id = f"{self.operation.operation_id}-{step.name}-{step.past_jobs}"
        try:
            handle = maintenance.start(Job(job_id=job_id, command=command, site_id=site_id, options=options))
        except JobNotStarted:
            # The next attempt is another job: who asks for the same one again may be given the same answer again.
            self.operation = self.operation.with_job_over(self.operation.current or step)
            raise
        self.operation = self.operation.with_job(handle, maintenance.log_of(handle), self.ports.now())
        if maintenance.first_look_seconds:
            raise NotYet(maintenance.first_look_seconds)
        return handle

    def _look_at_job(self, step: Step, handle: str) -> tuple[JobState, timedelta]:
        """The state of a step's job, and how long ago it was started; a young one that nobody knows is running."""
        state, ran = self.ports.maintenance.state(handle), self._since(step.job_started_at or step.started_at)
        is_young = state.status is JobStatus.UNKNOWN and ran < SEEN_WITHIN
        return (JobState(status=JobStatus.RUNNING) if is_young else state), ran

    def _stop_job(self, step: Step, handle: str, *, overdue: timedelta) -> None:
        """Have a job ended; asked again at every look, because it is the next one's turn only when this one is over."""
        self.ports.maintenance.stop(handle)
        report = logger.error if overdue >= STOPPED_WITHIN else logger.warning
        report("A job is stopped", step=step.name, job=handle, log=step.job_log, overdue=overdue.total_seconds())

    def _since(self, moment: datetime | None) -> timedelta:
        return self.ports.now() - moment if moment else timedelta()


def _until_next_look(ran: timedelta) -> int:
    return round(min(LONGEST_WAIT, max(SHORTEST_WAIT, ran.total_seconds() / 4)))


StepFunction = Callable[[StepContext], Mapping[str, Any] | None]
"""Does a step, looking before it acts, because it may be done again; gives what it found out."""


class Workflow(Protocol):
    """A kind of operation."""

    @property
    def steps(self) -> Mapping[str, StepFunction]:
        """Every step that an operation of this kind may name."""
        ...

    @property
    def undo(self) -> Mapping[str, Sequence[str]]:
        """The steps that put back what was done, by the step that failed; none where nothing needs to be."""
        ...

    def reopen_refusal(self, site: Site, operation: Operation, tenant: Tenant, now: datetime) -> BusinessException | None:
        """What in one of its sites forbids to try a failed operation of this kind again, if anything does."""
        ...

    def reopened(self, site: Site, operation: Operation, now: datetime) -> Site:
        """One of its sites while a failed operation is at work on it again."""
        ...

    def settle(self, unit: Unit, operation: Operation, now: datetime) -> None:
        """Write what the end of the operation means for its sites."""
        ...
