"""Maintenance jobs in memory: each works on the fake WordPress, or ends otherwise as a test wants it to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from runtime.wordpress.port import Job, JobCommand, JobState, JobStatus
from tests.runtime.operations.wordpress import DONE, FakeWordPress, failed


@dataclass
class FakeMaintenance:
    """Runs jobs, each once however often it is started, and lets them take ``looks`` looks.

    ``faults`` are what the next new jobs end with instead, ``faults_of`` the same for jobs of one command; ``broken`` is raised
    by every start. The next so many jobs of a command that ``hanging`` counts never end; one that is stopped takes ``dying``
    looks to be gone. ``beside`` holds every job that was started while another one was at work on its site.
    """

    wordpress: FakeWordPress
    looks: int = 0
    first_look_seconds: int = 0
    faults: list[JobState] = field(default_factory=list)
    faults_of: dict[JobCommand, list[JobState]] = field(default_factory=dict)
    broken: list[Exception] = field(default_factory=list)
    hanging: Counter[JobCommand] = field(default_factory=Counter)
    dying: int = 2
    ended: dict[str, JobState] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, int] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)
    before_state: Callable[[], None] | None = None
    _hung: set[str] = field(default_factory=set)
    _over: set[str] = field(default_factory=set)
    _jobs: dict[str, Job] = field(default_factory=dict)

    def start(self, job: Job) -> str:
        if self.broken:
            raise self.broken.pop(0)
        if job.job_id not in self._jobs:
            others = [other.job_id for other in self._jobs.values() if other.site_id == job.site_id]
            self.beside += [job.job_id for other in others if self._is_at_work(other)]
            self._jobs[job.job_id] = job
            if self.hanging[job.command]:
                self.hanging[job.command] -= 1
                self._hung.add(job.job_id)
            elif job.job_id not in self.ended:
                faults = self.faults_of.get(job.command) or self.faults
                self.ended[job.job_id] = faults.pop(0) if faults else DONE
                if self.ended[job.job_id] is DONE:
                    self.wordpress.run(job)
        return f"handle/{job.job_id}"

    def state(self, handle: str) -> JobState:
        job_id = handle.removeprefix("handle/")
        if self.before_state:
            race, self.before_state = self.before_state, None
            race()
        is_at_work = self._is_at_work(job_id)
        self.asked[job_id] += 1
        if is_at_work:
            return JobState(status=JobStatus.RUNNING)
        self._over.add(job_id)
        return self.ended.get(job_id, failed("It was stopped."))

    def stop(self, handle: str) -> None:
        job_id = handle.removeprefix("handle/")
        self.stopped.setdefault(job_id, self.asked[job_id])

    def finish(self, job_id: str) -> None:
        """Let a hanging job do its work after all."""
        self._hung.remove(job_id)
        self.wordpress.run(self._jobs[job_id])
        self.ended[job_id] = DONE

    def log_of(self, handle: str) -> str:
        return f"log of {handle}"

    def _is_at_work(self, job_id: str) -> bool:
        if job_id in self._over:
            return False
        if job_id in self._hung:
            return job_id not in self.stopped or self.asked[job_id] < self.stopped[job_id] + self.dying
        return self.asked[job_id] < self.looks
