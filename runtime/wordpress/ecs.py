"""Maintenance jobs as tasks of the WordPress image on Fargate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from runtime.observability import logger
from runtime.wordpress.jobs import GONE, TEMPORARY_DETAIL, arguments_of
from runtime.wordpress.port import Job, JobNotStarted, JobState, JobStatus
from runtime.wordpress.stopped import Cause, StoppedTask, ending_of, is_for_want_of_room

if TYPE_CHECKING:
    from types_boto3_ecs.client import ECSClient
    from types_boto3_ecs.type_defs import ContainerTypeDef, TaskTypeDef

CONTAINER = "maintenance"
"""The task's container, whose entry point is the maintenance command, and the prefix of its log streams."""

RUNNING = JobState(status=JobStatus.RUNNING)


class TaskFault(Exception):
    """ECS did not do what it was asked: it failed itself, or something is set up wrongly."""


def log_pointer(handle: str, *, group: str) -> str:
    """Where operators read what a task said, as ``GROUP:STREAM``; ``handle`` is the task's ARN, ``group`` its log group.

    It is what a step keeps as ``job_log``, and has no meaning for customers. The stream is named as the awslogs driver does it:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    return f"{group}:{CONTAINER}/{CONTAINER}/{handle.rpartition('/')[2]}"


class EcsMaintenance:
    """Runs tasks in private subnets. A refusal is known by its exit code alone, so its detail is a general sentence."""

    # A task takes longer than this to start, and right after RunTask, DescribeTasks need not know it yet:
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    first_look_seconds = 15

    def __init__(
        self,
        client: ECSClient,
        *,
        cluster: str,
        task_definition: str,
        subnets: Sequence[str],
        security_groups: Sequence[str],
        log_group: str,
    ) -> None:
        self._client = client
        self._cluster = cluster
        self._task_definition = task_definition
        self._subnets = subnets
        self._security_groups = security_groups
        self._log_group = log_group

    def start(self, job: Job) -> str:
        """Run the task unless this job's was run before; the handle is its ARN.

        Raises JobNotStarted when there is no room for it just now, and TaskFault when ECS refuses it or fails.
        """
        try:
            answer = self._client.run_task(
                cluster=self._cluster,
                taskDefinition=self._task_definition,
                launchType="FARGATE",
                count=1,
                clientToken=job.job_id,
                startedBy=job.job_id,
                networkConfiguration={
                    "awsvpcConfiguration": {
                        "subnets": self._subnets,
                        "securityGroups": self._security_groups,
                        "assignPublicIp": "DISABLED",
                    }
                },
                overrides={"containerOverrides": [{"name": CONTAINER, "command": arguments_of(job)}]},
            )
        except ClientError as error:
            if known := _task_of_conflict(error):
                return known
            raise _not_started(job, str(error), for_want_of_room=is_for_want_of_room(str(error))) from error
        for task in answer["tasks"]:
            if "taskArn" in task:
                return task["taskArn"]
        reasons = "; ".join(f"{failure.get('reason')} {failure.get('detail', '')}".strip() for failure in answer["failures"])
        raise _not_started(job, reasons, for_want_of_room=True)

    def state(self, handle: str) -> JobState:
        """How the task ended; ECS may not know it yet, and forgets it an hour after its end."""
        answer = self._client.describe_tasks(cluster=self._cluster, tasks=[handle])
        if not answer["tasks"]:
            reasons = {failure.get("reason") for failure in answer["failures"]}
            if reasons != {"MISSING"}:
                raise TaskFault(f"ECS does not tell the state of task {handle}: {answer['failures']}")
            return JobState(status=JobStatus.UNKNOWN, detail=GONE.detail)
        task = answer["tasks"][0]
        return self._ended(task, handle) if task.get("lastStatus") == "STOPPED" else RUNNING

    def stop(self, handle: str) -> None:
        """Have ECS end the task, by force after its stop timeout; one that is over or forgotten is left alone."""
        try:
            self._client.stop_task(
                cluster=self._cluster, task=handle, reason="The portal stopped a job that did not end in time."
            )
        except ClientError as error:
            if "not found" not in str(error):
                raise

    def log_of(self, handle: str) -> str:
        """See log_pointer."""
        return log_pointer(handle, group=self._log_group)

    def _ended(self, task: TaskTypeDef, handle: str) -> JobState:
        containers: list[ContainerTypeDef] = [each for each in task.get("containers", []) if each.get("name") == CONTAINER]
        container = containers[0] if containers else {}
        stopped = StoppedTask(
            stop_code=task.get("stopCode", ""),
            stopped_reason=task.get("stoppedReason", ""),
            container_reason=container.get("reason", ""),
            exit_code=container.get("exitCode"),
        )
        ending = ending_of(stopped)
        if ending.cause is not Cause.DONE:
            logger.warning(
                "A maintenance task did not do its work",
                jobId=task.get("startedBy"),
                task=handle,
                cause=ending.cause.value,
                lookAt=ending.look_at,
                stopCode=stopped.stop_code,
                stoppedReason=stopped.stopped_reason,
                containerReason=stopped.container_reason,
                exitCode=stopped.exit_code,
                log=self.log_of(handle),
            )
        return ending.state


def _task_of_conflict(error: ClientError) -> str | None:
    """The job's own task, where it was run with another task definition or in other subnets: before a deployment."""
    response: dict[str, Any] = {**error.response}
    known = response.get("resourceIds") if response["Error"]["Code"] == "ConflictException" else None
    return str(known[0]) if known else None


def _not_started(job: Job, reason: str, *, for_want_of_room: bool) -> Exception:
    logger.warning("A maintenance task was not started", jobId=job.job_id, reason=reason, forWantOfRoom=for_want_of_room)
    return JobNotStarted(TEMPORARY_DETAIL) if for_want_of_room else TaskFault(f"ECS did not start job {job.job_id}: {reason}")
