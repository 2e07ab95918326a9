"""What the engine needs to know of a kind of operation: its steps, and what its beginning and end mean for its sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from runtime.batch_consumer.outcomes import BusinessFault, NotYet
from runtime.operations.domain import Operation, Step
from runtime.table.unit import Unit
from runtime.wordpress.port import Job, JobCommand, JobStatus, WordPressFault

if TYPE_CHECKING:
    from runtime.hateoas_endpoint.problem import BusinessException
    from runtime.operations.ports import OperationPorts
    from runtime.sites.domain import Site
    from runtime.tenants.domain import Tenant

SHORTEST_WAIT, LONGEST_WAIT = 1, 30
"""Seconds between two looks at a job. They grow with the time it has run already, so that a short job is seen to be done
at once and a long one costs little."""


class JobFailed(WordPressFault):
    """A maintenance job failed in a way that may pass."""


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

        Raises NotYet while it runs, BusinessFault when it is refused for good, JobFailed when it failed. A job's id follows
        from the operation, the step and how many of its jobs are past. So a worker that dies right after starting one finds
        that very job again, and only after a job failed is another one started.
        """
        step = self._step
        job = Job(
            job_id=f"{self.operation.operation_id}-{step.name}-{step.past_jobs}",
            command=command,
            site_id=on or self.operation.site_id,
            options=options,
        )
        maintenance = self.ports.maintenance
        handle = step.job_handle or maintenance.start(job)
        self.operation = self.operation.with_job(handle)
        if step.job_handle is None and maintenance.first_look_seconds:
            raise NotYet(maintenance.first_look_seconds)
        state = maintenance.state(job, handle)
        if state.status is JobStatus.RUNNING:
            ran = (self.ports.now() - (step.started_at or self.ports.now())).total_seconds()
            raise NotYet(round(min(LONGEST_WAIT, max(SHORTEST_WAIT, ran / 4))))
        if state.status is JobStatus.REFUSED:
            raise BusinessFault(state.detail)
        if state.status is JobStatus.FAILED:
            self.operation = self.operation.with_failed_job()
            raise JobFailed(state.detail)


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
