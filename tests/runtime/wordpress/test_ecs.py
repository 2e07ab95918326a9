"""Maintenance jobs on ECS: what is asked of it, and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from runtime.wordpress.ecs import EcsMaintenance, TaskFault
from runtime.wordpress.jobs import GONE, TEMPORARY_DETAIL, state_of_exit
from runtime.wordpress.port import Job, JobCommand, JobNotStarted, JobState, JobStatus
from runtime.wordpress.stopped import OUT_OF_MEMORY_DETAIL
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
        client,
        cluster="sites",
        task_definition="maintenance:3",
        subnets=["subnet-a", "subnet-b"],
        security_groups=["sg-1"],
        log_group="/aws/ecs/sites-maintenance",
    )


def stopped(**container: Any) -> dict[str, Any]:
    task = {
        "taskArn": TASK,
        "startedBy": JOB.job_id,
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "logs", "exitCode": 0}, {"name": "maintenance", **container}],
    }
    return {"tasks": [task], "failures": []}


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


def test_a_task_for_which_there_is_no_room_was_not_started(ecs: Stubber, maintenance: EcsMaintenance, log: Log) -> None:
    ecs.add_response("run_task", {"tasks": [], "failures": [{"arn": "x", "reason": "RESOURCE:ENI", "detail": "none is free"}]})

    with pytest.raises(JobNotStarted) as fault:
        maintenance.start(JOB)

    (line,) = log.lines
    assert fault.value.detail == TEMPORARY_DETAIL
    assert (line["jobId"], line["reason"], line["forWantOfRoom"]) == ("op-1-install", "RESOURCE:ENI none is free", True)


@pytest.mark.parametrize(
    ("code", "message", "fault"),
    [
        ("ThrottlingException", "Rate exceeded", JobNotStarted),
        ("ClientException", "You've reached the limit on the number of tasks you can run concurrently", JobNotStarted),
        ("ClientException", "TaskDefinition is inactive", TaskFault),
        ("AccessDeniedException", "not authorized", TaskFault),
        ("InvalidParameterException", "No Fargate configuration exists for given values.", TaskFault),
        ("ClusterNotFoundException", "Cluster not found.", TaskFault),
        ("ServerException", "Service Unavailable", TaskFault),
        ("ConflictException", "Already in use.", TaskFault),
    ],
)
def test_a_refused_start_is_a_fault_of_the_job_s_or_of_ours(
    ecs: Stubber, maintenance: EcsMaintenance, code: str, message: str, fault: type[Exception]
) -> None:
    ecs.add_client_error("run_task", code, message)

    with pytest.raises(fault):
        maintenance.start(JOB)


def test_a_job_that_was_run_otherwise_is_the_one_that_was_run(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_client_error("run_task", "ConflictException", modeled_fields={"resourceIds": [TASK]})

    assert maintenance.start(JOB) == TASK


@pytest.mark.parametrize("operation", ["describe_tasks", "stop_task"])
def test_faults_of_ecs_come_through(ecs: Stubber, maintenance: EcsMaintenance, operation: str) -> None:
    ecs.add_client_error(operation, "ThrottlingException")

    with pytest.raises(ClientError):
        maintenance.state(TASK) if operation == "describe_tasks" else maintenance.stop(TASK)


@pytest.mark.parametrize(
    "status",
    ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING"],
)
def test_a_task_that_has_not_stopped_is_running(ecs: Stubber, maintenance: EcsMaintenance, status: str) -> None:
    ecs.add_response("describe_tasks", {"tasks": [{"taskArn": TASK, "lastStatus": status}], "failures": []}, DESCRIBE)

    assert maintenance.state(TASK) == JobState(status=JobStatus.RUNNING)


@pytest.mark.parametrize("exit_code", [0, 65, 70, 73, 75])
def test_the_exit_code_of_the_maintenance_container_says_how_it_ended(
    ecs: Stubber, maintenance: EcsMaintenance, exit_code: int
) -> None:
    ecs.add_response("describe_tasks", stopped(exitCode=exit_code), DESCRIBE)

    assert maintenance.state(TASK) == state_of_exit(exit_code)


def test_what_a_task_did_not_do_is_logged_with_all_that_ecs_says_of_it(
    ecs: Stubber, maintenance: EcsMaintenance, log: Log
) -> None:
    ecs.add_response("describe_tasks", stopped(reason="OutOfMemoryError: x", exitCode=137), DESCRIBE)

    assert maintenance.state(TASK) == JobState(status=JobStatus.FAILED, detail=OUT_OF_MEMORY_DETAIL)

    (line,) = log.lines
    assert (line["level"], line["jobId"], line["task"], line["cause"]) == ("WARNING", "op-1-install", TASK, "OUT_OF_MEMORY")
    assert (line["stopCode"], line["stoppedReason"]) == ("EssentialContainerExited", "Essential container in task exited")
    assert (line["containerReason"], line["exitCode"]) == ("OutOfMemoryError: x", 137)
    assert line["log"] == "/aws/ecs/sites-maintenance:maintenance/maintenance/0123456789abcdef"


def test_a_task_that_did_its_work_is_not_worth_a_line(ecs: Stubber, maintenance: EcsMaintenance, log: Log) -> None:
    ecs.add_response("describe_tasks", stopped(exitCode=0), DESCRIBE)

    maintenance.state(TASK)

    assert log.lines == []


def test_a_task_that_ecs_does_not_know_yet_or_has_forgotten_is_unknown(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_response("describe_tasks", {"tasks": [], "failures": [{"arn": TASK, "reason": "MISSING"}]}, DESCRIBE)

    assert maintenance.state(TASK) == JobState(status=JobStatus.UNKNOWN, detail=GONE.detail)


def test_a_task_is_stopped_and_told_why(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    reason = "The portal stopped a job that did not end in time."
    ecs.add_response("stop_task", {"task": {"taskArn": TASK}}, {"cluster": "sites", "task": TASK, "reason": reason})

    maintenance.stop(TASK)


def test_a_task_that_is_gone_need_not_be_stopped(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_client_error("stop_task", "InvalidParameterException", "The referenced task was not found.")

    maintenance.stop(TASK)


def test_an_answer_without_the_task_or_its_absence_is_a_fault(ecs: Stubber, maintenance: EcsMaintenance) -> None:
    ecs.add_response("describe_tasks", {"tasks": [], "failures": []}, DESCRIBE)

    with pytest.raises(TaskFault):
        maintenance.state(TASK)
