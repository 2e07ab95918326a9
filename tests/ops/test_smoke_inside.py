"""What the smoke test sees with credentials: what a deployment may have left half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ops.access import Access
from ops.smoke import inside
from ops.smoke.check import Check, Outcome, Wrong, check
from ops.smoke.inside import Inside
from stacks.config import stage_named
from stacks.hosting_config import Existing, Hosting


class Stubbed(Access):
    """A stage of which all is known that will be asked."""

    def client(self, service: str) -> Any:
        return CLIENTS[service]


CLIENTS: dict[str, Any] = {}
ARN = "arn:aws:lambda:eu-west-1:111111111111:function"


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[Check]]]:
    """Makes the checks of dev with these answers of AWS, by service and in the order in which they are asked for."""
    monkeypatch.setattr(inside, "PATIENCE_SECONDS", 0)

    def checks(*, hosting: Hosting | None = None, **answers: list[tuple[str, Any]]) -> list[Check]:
        for service, given in answers.items():
            make: Any = boto3.client  # its stubs want each service named literally
            CLIENTS[service] = make(service, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
            stubber = Stubber(CLIENTS[service])
            for operation, answer in given:
                stubber.add_response(operation, answer)
            stubber.activate()
        stage = replace(stage_named("dev"), hosting=hosting)
        return list(Inside(stage=stage, access=Stubbed(stage="dev", state=Path())).checks())

    yield checks
    CLIENTS.clear()


def function(*, state: str = "Active", update: str = "Successful", weights: dict[str, float] | None = None) -> list[Any]:
    """What AWS says of the one function of dev, and of one of sit, which is not looked at."""
    alias = {"Name": "live", "RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {"Name": "live"}
    return [
        ("list_functions", {"Functions": [{"FunctionName": "bbws-portal-dev-api-Get"}, {"FunctionName": "bbws-portal-sit-x"}]}),
        ("list_aliases", {"Aliases": [alias]}),
        ("get_function_configuration", {"State": state, "LastUpdateStatus": update}),
    ]


def mapping(state: str = "Enabled") -> list[Any]:
    queue = "arn:aws:sqs:eu-west-1:111111111111:q"
    found = {"FunctionArn": f"{ARN}:bbws-portal-dev-operations-creation:live", "EventSourceArn": queue, "State": state}
    return [("list_event_source_mappings", {"EventSourceMappings": [found]})]


def letters(visible: int = 0, hidden: int = 0) -> list[Any]:
    counts = {"ApproximateNumberOfMessages": str(visible), "ApproximateNumberOfMessagesNotVisible": str(hidden)}
    return [("get_queue_url", {"QueueUrl": "https://queue"}), ("get_queue_attributes", {"Attributes": counts})]


def service(running: int, rollout: str) -> list[Any]:
    deployments = [{"status": "PRIMARY", "rolloutState": rollout}, {"status": "ACTIVE", "rolloutState": "COMPLETED"}]
    found = {"runningCount": running, "desiredCount": 2, "deployments": deployments}
    return [("describe_services", {"services": [found]})]


Dev = Callable[..., list[Check]]


def test_a_stage_that_works_passes_from_inside(dev: Dev) -> None:
    checks = dev(**{"lambda": [*function(), *mapping()]}, sqs=letters(), ecs=service(2, "COMPLETED"), hosting=Hosting())

    assert [str(each) for each in checks] == [
        "PASS  functions: 1 active",
        "PASS  event source mappings: 1 enabled",
        "PASS  dead letters: none",
        "PASS  tasks that serve sites: 2 of 2 run, the rollout is COMPLETED",
    ]


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (
            {"lambda": [*function(state="Failed"), *mapping()]},
            "FAIL  functions: bbws-portal-dev-api-Get: Failed and Successful",
        ),
        (
            {"lambda": [*function(update="Failed"), *mapping()]},
            "FAIL  functions: bbws-portal-dev-api-Get: Active and Failed",
        ),
        (
            {"lambda": [*function(weights={"7": 0.1}), *mapping()]},
            "FAIL  functions: bbws-portal-dev-api-Get: live still shifts between two versions",
        ),
        (
            {"lambda": [("list_functions", {"Functions": []}), *mapping()]},
            "FAIL  functions: 0 active",
        ),
        (
            {"lambda": [*function(), *mapping("Disabled")]},
            "FAIL  event source mappings: arn:aws:sqs:eu-west-1:111111111111:q is Disabled",
        ),
        (
            {"lambda": [*function(), ("list_event_source_mappings", {"EventSourceMappings": []})]},
            "FAIL  event source mappings: 0 enabled",
        ),
        ({"sqs": letters(visible=2, hidden=1)}, "FAIL  dead letters: 3; make dlq STAGE=dev shows them"),
        ({"ecs": service(1, "COMPLETED")}, "FAIL  tasks that serve sites: 1 of 2 run, the rollout is COMPLETED"),
        ({"ecs": service(2, "FAILED")}, "FAIL  tasks that serve sites: 2 of 2 run, the rollout is FAILED"),
    ],
)
def test_what_a_deployment_left_half_done_fails_with_what_it_is(dev: Dev, answers: dict[str, Any], line: str) -> None:
    well = {"lambda": [*function(), *mapping()], "sqs": letters(), "ecs": service(2, "COMPLETED")}

    checks = dev(**{**well, **answers}, hosting=Hosting(existing=Existing(cluster="theirs")))

    assert [str(each) for each in checks if each.outcome is not Outcome.PASS] == [line]


def test_what_has_just_been_changed_is_given_time_to_settle() -> None:
    answers = iter([Wrong("Pending"), Wrong("Pending")])

    def probe() -> str:
        for answer in answers:
            raise answer
        return "Active"

    assert str(check("function", probe, within=10)) == "PASS  function: Active"
