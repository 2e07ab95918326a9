"""The maintenance command as its callers see it: how it is called, and what its exit codes mean (those of sysexits.h)."""

from __future__ import annotations

from runtime.wordpress.port import Job, JobState, JobStatus

DONE, REFUSED, TEMPORARY = 0, 65, 75
REFUSED_DETAIL = "The hosting platform refused to do this."
TEMPORARY_DETAIL = "The hosting platform could not do this just now."
FAILED_DETAIL = "The hosting platform failed to do this."
GONE = JobState(status=JobStatus.FAILED, detail="The work on the site was broken off.")
"""The state of a job that ended without a word."""


def arguments_of(job: Job) -> list[str]:
    """The command line after the program: the command, and each option in one word, so that no value passes for an option."""
    options = {"site-id": job.site_id, **job.options}
    return [job.command.value, *(f"--{name}={value}" for name, value in options.items())]


def state_of_exit(code: int, refusal: str = "") -> JobState:
    """What an exit code means; ``refusal`` is what the command says of a refusal, where that can be known."""
    if code == DONE:
        return JobState(status=JobStatus.SUCCEEDED)
    if code == REFUSED:
        return JobState(status=JobStatus.REFUSED, detail=refusal or REFUSED_DETAIL)
    return JobState(status=JobStatus.FAILED, detail=TEMPORARY_DETAIL if code == TEMPORARY else FAILED_DETAIL)
