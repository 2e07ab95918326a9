"""Maintenance jobs on ECS: what is asked of it, and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from runtime.wordpress.ecs import EcsMaintenance, TaskFault
from runtime.wordpress.jobs import FAILED_DETAIL, GONE, REFUSED_DETAIL, TEMPORARY_DETAIL
from runtime.wordpress.port import Job, JobCommand, JobState, JobStatus
from tests.runtime.conftest import Log
from tests.runtime.dynamo import client_of

TASK = "arn:aws:ecs:eu-west-1:000000000000:task/sites/0123456789abcdef"
JOB = Job(
    job_id="op-1-install",
    command=JobCommand.INSTALL,
    site_id="site-1",
    options={"host": "shop.sites.example", "title": "--remove; $(x)"},
)
DESCRIBE = {"cluster": "sites", "tasks": [TASK]}


@pytest.fixture
def ecs() -> Iterator[Stubber]:
    with Stubber(client_of("ecs")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def maintenance(ecs: Stubber) -> EcsMaintenance:
    client: Any = ecs.client
    return EcsMaintenance(
        client, cluster="sites", task_definition="maintenance:3", subnets=["subnet-a", "subnet-b"], security_groups=["sg-1"]
    )


def stopped(**container: Any) -> dict[str, Any]:
    containers = [{"name": "logs", "exitCode": 0}, {"name": "maintenance", **container}]
    return {
        "tasks": [{"taskArn": TASK, "lastStatus": "STOPPED", "containers": containers, "stoppedReason": "x"}],
        "failures": [],
    }


def test_a_job_is_a_task_in_private_subnets_that_its_id_makes_unique(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_response(
        "run_task",
        {"tasks": [{"taskArn": TASK}], "failures": []},
        {
            "cluster": "sites",
            "taskDefinition": "maintenance:3",
            "launchType": "FARGATE",
            "count": 1,
            "clientToken": "op-1-install",
            "startedBy": "op-1-install",
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-a", "subnet-b"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "DISABLED",
                }
            },
            "overrides": {
                "containerOverrides": [
                    {
                        "name": "maintenance",
                        "command": [
                            *("install", "--site-id=site-1"),
                            *("--host=shop.sites.example", "--title=--remove; $(x)"),
                        ],
                    }
                ]
            },
        },
    )

    assert maintenance.start(JOB) == TASK


def test_a_task_that_cannot_be_placed_is_a_fault(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_response("run_task", {"tasks": [], "failures": [{"arn": "x", "reason": "RESOURCE:MEMORY"}]})

    with pytest.raises(TaskFault, match=r"op-1-install.*RESOURCE:MEMORY"):
        maintenance.start(JOB)


@pytest.mark.parametrize("operation", ["run_task", "describe_tasks"])
def test_faults_of_ecs_come_through(ecs: Stubber, maintenance: EcsMaintenance, operation: str) -> None:
    ecs.add_client_error(operation, "ThrottlingException")

    with pytest.raises(ClientError):
        maintenance.start(JOB) if operation == "run_task" else maintenance.state(JOB, TASK)


@pytest.mark.parametrize(
    "status",
    ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING"],
)
def test_a_task_that_has_not_stopped_is_running(ecs: Stubber, maintenance: EcsMaintenance, status: str) -> None:
    ecs.add_response("describe_tasks", {"tasks": [{"taskArn": TASK, "lastStatus": status}], "failures": []}, DESCRIBE)

    assert maintenance.state(JOB, TASK) == JobState(status=JobStatus.RUNNING)


@pytest.mark.parametrize(
    ("exit_code", "state"),
    [
        (0, JobState(status=JobStatus.SUCCEEDED)),
        (65, JobState(status=JobStatus.REFUSED, detail=REFUSED_DETAIL)),
        (75, JobState(status=JobStatus.FAILED, detail=TEMPORARY_DETAIL)),
        (70, JobState(status=JobStatus.FAILED, detail=FAILED_DETAIL)),
        (137, JobState(status=JobStatus.FAILED, detail=FAILED_DETAIL)),
    ],
)
def test_the_exit_code_of_the_maintenance_container_says_how_it_ended(
    ecs: Stubber, maintenance: EcsMaintenance, exit_code: int, state: JobState
) -> None:
    ecs.add_response("describe_tasks", stopped(exitCode=exit_code), DESCRIBE)

    assert maintenance.state(JOB, TASK) == state


@pytest.mark.parametrize("reason", ["CannotPullContainerError: x", "OutOfMemoryError: x", "ResourceInitializationError: x"])
def test_a_task_that_stopped_without_an_exit_code_failed(
    ecs: Stubber, maintenance: EcsMaintenance, log: Log, reason: str
) -> None:
    ecs.add_response("describe_tasks", stopped(reason=reason), DESCRIBE)

    assert maintenance.state(JOB, TASK) == GONE
    assert [line["jobId"] for line in log.lines] == ["op-1-install"]


def test_a_task_that_ecs_has_forgotten_failed(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_response("describe_tasks", {"tasks": [], "failures": [{"arn": TASK, "reason": "MISSING"}]}, DESCRIBE)

    assert maintenance.state(JOB, TASK) == GONE


def test_an_answer_without_the_task_or_its_absence_is_a_fault(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_response("describe_tasks", {"tasks": [], "failures": []}, DESCRIBE)

    with pytest.raises(TaskFault):
        maintenance.state(JOB, TASK)
