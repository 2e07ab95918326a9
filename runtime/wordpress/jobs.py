"""The maintenance command as its callers see it: how it is called, and what its exit codes mean (those of sysexits.h)."""

from __future__ import annotations

from runtime.wordpress.port import Job, JobState, JobStatus

DONE, REFUSED, FULL, TEMPORARY = 0, 65, 73, 75
REFUSED_DETAIL = "The hosting platform refused to do this."
FULL_DETAIL = "There is no room left for this."
"""Of a full file system and of a full database; it may have been given more room when the same is tried again."""

TEMPORARY_DETAIL = "The hosting platform could not do this just now."
FAILED_DETAIL = "The hosting platform failed to do this."
DETAILS = {FULL: FULL_DETAIL, TEMPORARY: TEMPORARY_DETAIL}
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
    return JobState(status=JobStatus.FAILED, detail=DETAILS.get(code, FAILED_DETAIL))
