"""What AWS says of tasks, as a table: what each of its words means for a job, for its customer and for operators."""

from __future__ import annotations

import re

import pytest

from runtime.wordpress.jobs import FAILED_DETAIL, FULL_DETAIL, GONE, REFUSED_DETAIL, TEMPORARY_DETAIL
from runtime.wordpress.port import JobState, JobStatus
from runtime.wordpress.stopped import OUT_OF_MEMORY_DETAIL, Cause, StoppedTask, ending_of, is_for_want_of_room

EXITED = "EssentialContainerExited"
NOT_STARTED = "TaskFailedToStart"
PULL = "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref"
INIT = "ResourceInitializationError:"

STOPPED: list[tuple[StoppedTask, JobStatus, str, Cause]] = [
    (StoppedTask(stop_code=EXITED, exit_code=0), JobStatus.SUCCEEDED, "", Cause.DONE),
    (StoppedTask(stop_code="UserInitiated", exit_code=0), JobStatus.SUCCEEDED, "", Cause.DONE),
    (StoppedTask(stop_code=EXITED, exit_code=65), JobStatus.REFUSED, REFUSED_DETAIL, Cause.REFUSED),
    (StoppedTask(stop_code="SpotInterruption", exit_code=65), JobStatus.REFUSED, REFUSED_DETAIL, Cause.REFUSED),
    (StoppedTask(stop_code=EXITED, exit_code=73), JobStatus.FAILED, FULL_DETAIL, Cause.NO_ROOM),
    (StoppedTask(stop_code=EXITED, exit_code=75), JobStatus.FAILED, TEMPORARY_DETAIL, Cause.NOT_JUST_NOW),
    *(
        (StoppedTask(stop_code=EXITED, exit_code=code), JobStatus.FAILED, FAILED_DETAIL, Cause.COMMAND_FAILED)
        for code in (1, 2, 70, 127, 139, 255)
    ),
    *((StoppedTask(stop_code=EXITED, exit_code=code), JobStatus.FAILED, GONE.detail, Cause.KILLED) for code in (137, 143)),
    *(
        (task, JobStatus.FAILED, OUT_OF_MEMORY_DETAIL, Cause.OUT_OF_MEMORY)
        for task in (
            StoppedTask(
                stop_code=EXITED, exit_code=137, container_reason="OutOfMemoryError: Container killed due to memory usage"
            ),
            StoppedTask(
                stop_code=EXITED, stopped_reason="OutOfMemoryError: container killed due to high memory usage", exit_code=137
            ),
        )
    ),
    *(
        (StoppedTask(stop_code=code, stopped_reason=reason), JobStatus.FAILED, TEMPORARY_DETAIL, cause)
        for code, reason, cause in (
            (NOT_STARTED, f"{PULL} docker.io/x: not found", Cause.IMAGE),
            (NOT_STARTED, "CannotPullContainerError: error pulling image: net/http: i/o timeout", Cause.IMAGE),
            (NOT_STARTED, "CannotPullImageManifestError: API error (404)", Cause.IMAGE),
            (NOT_STARTED, "CannotPullContainerError: failed to register layer: no space left on device", Cause.TASK_STORAGE),
            (NOT_STARTED, f"{INIT} Timeout waiting for EphemeralStorage provisioning to complete.", Cause.TASK_STORAGE),
            (
                NOT_STARTED,
                f"{INIT} failed to invoke EFS utils commands to set up EFS volumes: mount.nfs4: x",
                Cause.FILE_SYSTEM,
            ),
            (NOT_STARTED, "CannotCreateVolumeError: x", Cause.FILE_SYSTEM),
            (
                NOT_STARTED,
                f"{INIT} unable to pull secrets or registry auth: execution resource retrieval failed",
                Cause.SECRETS,
            ),
            (
                NOT_STARTED,
                f"{INIT} failed to initialize logging driver: failed to create Cloudwatch log stream",
                Cause.LOG_DRIVER,
            ),
            (NOT_STARTED, f"{INIT} failed to validate logger args: the log group does not exist", Cause.LOG_DRIVER),
            (NOT_STARTED, "Timeout waiting for network interface provisioning to complete.", Cause.NETWORK),
            (NOT_STARTED, f"{INIT} failed to configure ENI: failed to setup regular eni", Cause.NETWORK),
            (NOT_STARTED, "Unexpected EC2 error while attempting to Create Network Interface in subnet", Cause.NETWORK),
            (NOT_STARTED, "Capacity is unavailable at this time. Please try again later.", Cause.CAPACITY),
            (NOT_STARTED, "RESOURCE:MEMORY", Cause.CAPACITY),
            (NOT_STARTED, f"{INIT} failed to download env files", Cause.NOT_STARTED),
            (NOT_STARTED, "CannotStartContainerError: failed to get container status", Cause.NOT_STARTED),
            (NOT_STARTED, "ContainerRuntimeTimeoutError: Could not transition to running; timed out", Cause.NOT_STARTED),
            (NOT_STARTED, "CannotInspectContainerError: x", Cause.NOT_STARTED),
            (NOT_STARTED, "something that AWS did not say before", Cause.NOT_STARTED),
        )
    ),
    *(
        (StoppedTask(stop_code=code, stopped_reason=reason, exit_code=exit_code), JobStatus.FAILED, GONE.detail, cause)
        for code, reason, exit_code, cause in (
            ("SpotInterruption", "Your Spot Task was interrupted.", 137, Cause.INTERRUPTED),
            ("TerminationNotice", "ECS is performing maintenance on the underlying infrastructure.", 143, Cause.INTERRUPTED),
            ("InfrastructureHealth", "x", None, Cause.INTERRUPTED),
            ("ServiceSchedulerInitiated", "x", 137, Cause.INTERRUPTED),
            ("UserInitiated", "The portal stopped a job that did not end in time.", 137, Cause.STOPPED),
            ("UserInitiated", "Task stopped by user", None, Cause.STOPPED),
            ("", "", None, Cause.UNEXPLAINED),
            (EXITED, "Essential container in task exited", None, Cause.UNEXPLAINED),
        )
    ),
]


@pytest.mark.parametrize(("task", "status", "detail", "cause"), STOPPED)
def test_a_stopped_task_means(task: StoppedTask, status: JobStatus, detail: str, cause: Cause) -> None:
    ending = ending_of(task)

    assert (ending.state, ending.cause) == (JobState(status=status, detail=detail), cause)


def test_every_cause_is_in_the_table_and_says_where_to_look() -> None:
    assert {cause for *_, cause in STOPPED} == set(Cause)
    assert all(ending_of(task).look_at for task, *_ in STOPPED)


def test_what_customers_read_has_no_word_of_aws_in_it() -> None:
    details = {ending_of(task).state.detail for task, *_ in STOPPED}

    assert not [
        detail for detail in details if re.search(r"error|task|container|EFS|ECS|AWS|disk|exit|\d", detail, re.IGNORECASE)
    ]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Capacity is unavailable at this time. Please try again later or in a different availability zone", True),
        ("RESOURCE:CPU", True),
        ("RESOURCE:ENI", True),
        ("An error occurred (ClientException): You've reached the limit on the number of vCPUs you can run concurrently", True),
        ("An error occurred (ThrottlingException): Rate exceeded", True),
        ("An error occurred (ClientException): TaskDefinition is inactive", False),
        ("An error occurred (AccessDeniedException): not authorized to perform: ecs:RunTask", False),
        ("An error occurred (InvalidParameterException): No Fargate configuration exists for given values.", False),
        ("An error occurred (ClusterNotFoundException): Cluster not found.", False),
        ("An error occurred (ServerException): Service Unavailable.", False),
    ],
)
def test_a_refused_start_is_for_want_of_room_or_a_fault(reason: str, expected: bool) -> None:
    assert is_for_want_of_room(reason) is expected
