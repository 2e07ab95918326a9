"""Maintenance jobs as tasks of the WordPress image on Fargate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtime.observability import logger
from runtime.wordpress.jobs import GONE, arguments_of, state_of_exit
from runtime.wordpress.port import Job, JobState, JobStatus

if TYPE_CHECKING:
    from types_boto3_ecs.client import ECSClient

CONTAINER = "maintenance"
"""The task's container, whose entry point is the maintenance command."""


class TaskFault(Exception):
    """ECS did not do what it was asked, for a reason of its own such as no capacity."""


class EcsMaintenance:
    """Runs tasks in private subnets. A refusal is known by its exit code alone, so its detail is a general sentence."""

    # A task takes longer than this to start, and right after RunTask, DescribeTasks need not know it yet:
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    first_look_seconds = 15

    def __init__(
        self, client: ECSClient, *, cluster: str, task_definition: str, subnets: Sequence[str], security_groups: Sequence[str]
    ) -> None:
        self._client = client
        self._cluster = cluster
        self._task_definition = task_definition
        self._subnets = subnets
        self._security_groups = security_groups

    def start(self, job: Job) -> str:
        """Run the task unless this job's was run before; the handle is its ARN. Raises TaskFault when ECS cannot place it."""
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
        for task in answer["tasks"]:
            if "taskArn" in task:
                return task["taskArn"]
        raise TaskFault(f"ECS did not start job {job.job_id}: {answer['failures']}")

    def state(self, job: Job, handle: str) -> JobState:
        """How the task ended; a task that ECS no longer knows (an hour after its end) is a failed job."""
        answer = self._client.describe_tasks(cluster=self._cluster, tasks=[handle])
        if not answer["tasks"]:
            reasons = {failure.get("reason") for failure in answer["failures"]}
            if reasons != {"MISSING"}:
                raise TaskFault(f"ECS does not tell the state of job {job.job_id}: {answer['failures']}")
            return GONE
        task = answer["tasks"][0]
        if task.get("lastStatus") != "STOPPED":
            return JobState(status=JobStatus.RUNNING)
        for container in task.get("containers", []):
            if container.get("name") == CONTAINER and "exitCode" in container:
                return state_of_exit(container["exitCode"])
        logger.warning("A task stopped without an exit code", jobId=job.job_id, reason=task.get("stoppedReason"))
        return GONE
