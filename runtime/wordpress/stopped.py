"""What became of a Fargate task that stopped, or was never placed: what customers read of it, and where operators look.

Pure, and after AWS' lists of stop codes and of messages:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from runtime.wordpress.jobs import DONE, FULL, GONE, REFUSED, TEMPORARY, TEMPORARY_DETAIL, state_of_exit
from runtime.wordpress.port import JobState, JobStatus

OUT_OF_MEMORY_DETAIL = "The work on the site needs more memory than there is for it."
KILLED, TERMINATED = 137, 143
"""What a program ends with that SIGKILL or SIGTERM ended."""


class Cause(StrEnum):
    """Why a task ended as it did, as the log names it."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    NO_ROOM = "NO_ROOM"
    NOT_JUST_NOW = "NOT_JUST_NOW"
    COMMAND_FAILED = "COMMAND_FAILED"
    KILLED = "KILLED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    TASK_STORAGE = "TASK_STORAGE"
    IMAGE = "IMAGE"
    FILE_SYSTEM = "FILE_SYSTEM"
    SECRETS = "SECRETS"
    LOG_DRIVER = "LOG_DRIVER"
    NETWORK = "NETWORK"
    CAPACITY = "CAPACITY"
    NOT_STARTED = "NOT_STARTED"
    INTERRUPTED = "INTERRUPTED"
    STOPPED = "STOPPED"
    UNEXPLAINED = "UNEXPLAINED"


@dataclass(frozen=True, kw_only=True)
class StoppedTask:
    """A stopped task as DescribeTasks tells of it; ``exit_code`` is that of the maintenance command, None if it never ran."""

    stop_code: str = ""
    stopped_reason: str = ""
    container_reason: str = ""
    exit_code: int | None = None

    @property
    def text(self) -> str:
        """All that ECS says of it."""
        return f"{self.stop_code}: {self.stopped_reason}: {self.container_reason}"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What a stopped task means: the job's state, why, and where operators look for what is to be mended."""

    state: JobState
    cause: Cause
    look_at: str


@dataclass(frozen=True)
class _Sign:
    """What is known by words in what ECS says; the first sign that is found counts."""

    cause: Cause
    words: str
    look_at: str
    detail: str = TEMPORARY_DETAIL

    def is_in(self, text: str) -> bool:
        return re.search(self.words, text, re.IGNORECASE) is not None

    @property
    def ending(self) -> Ending:
        state = JobState(status=JobStatus.FAILED, detail=self.detail)
        return Ending(state=state, cause=self.cause, look_at=self.look_at)


_SIGNS = (
    _Sign(Cause.OUT_OF_MEMORY, r"OutOfMemory", "the task definition's memory", OUT_OF_MEMORY_DETAIL),
    _Sign(Cause.TASK_STORAGE, r"no space left on device|EphemeralStorage", "the task definition's ephemeral storage"),
    _Sign(Cause.IMAGE, r"CannotPull", "the image, the execution role's right to it, the tasks' way to the registry"),
    _Sign(
        Cause.FILE_SYSTEM,
        r"\bEFS\b|mount\.nfs|CannotCreateVolume",
        "the file system's access points, mount targets, security group and policy",
    ),
    _Sign(Cause.SECRETS, r"pull secrets|registry auth|secretsmanager|ssm:", "the execution role's right to secrets and image"),
    _Sign(Cause.LOG_DRIVER, r"logging driver|log group|log stream", "the log group and the execution role's right to it"),
    _Sign(Cause.NETWORK, r"network interface|\bENI\b|subnet", "the tasks' subnets: free addresses, network interfaces"),
    _Sign(Cause.CAPACITY, r"Capacity is unavailable|RESOURCE:", "Fargate's capacity in the subnets' zones; it passes"),
    _Sign(
        Cause.NOT_STARTED,
        r"ResourceInitializationError|CannotStart|CannotCreate|CannotInspect|ContainerRuntime|DockerTimeout|TaskFailedToStart",
        "the task's stopped reason",
    ),
    _Sign(
        Cause.INTERRUPTED,
        r"SpotInterruption|TerminationNotice|InfrastructureHealth|ServiceSchedulerInitiated|InternalError",
        "nothing, unless it happens often: AWS took the machine away",
        GONE.detail,
    ),
    _Sign(Cause.STOPPED, r"UserInitiated", "who stopped the task: the portal after its deadline, or a person", GONE.detail),
)

_EXITS = {
    DONE: (Cause.DONE, "nothing"),
    REFUSED: (Cause.REFUSED, "the job's log, which says what was refused and why"),
    FULL: (Cause.NO_ROOM, "the file system's and the database's free space"),
    TEMPORARY: (Cause.NOT_JUST_NOW, "the job's log: database, file system, secrets, or another job on the site"),
}

_WANT_OF_ROOM = re.compile(
    r"Capacity is unavailable|capacity error|RESOURCE:|limit on the number of|concurrently|Throttl|Rate exceeded",
    re.IGNORECASE,
)


def ending_of(task: StoppedTask) -> Ending:
    """What a stopped task means. What its command brought to an end counts, whatever ECS says of the task beside it."""
    if task.exit_code in _EXITS:
        return _ending_of_exit(task.exit_code)
    if sign := next((sign for sign in _SIGNS if sign.is_in(task.text)), None):
        return sign.ending
    if task.exit_code in {KILLED, TERMINATED}:
        return Ending(
            state=GONE, cause=Cause.KILLED, look_at="the job's log, and the task's memory: it was killed from outside"
        )
    if task.exit_code is None:
        return Ending(state=GONE, cause=Cause.UNEXPLAINED, look_at="the task's stopped reason")
    return _ending_of_exit(task.exit_code)


def is_for_want_of_room(reason: str) -> bool:
    """Whether a refused RunTask started nothing for want of room: capacity, quotas, throttling. It may be granted soon."""
    return _WANT_OF_ROOM.search(reason) is not None


def _ending_of_exit(code: int) -> Ending:
    cause, look_at = _EXITS.get(code, (Cause.COMMAND_FAILED, "the job's log, which ends with what went wrong"))
    return Ending(state=state_of_exit(code), cause=cause, look_at=look_at)
