"""Fargate as far as maintenance jobs meet it, behind botocore's own HTTP layer: what goes over the wire is real."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse

from runtime.wordpress.ecs import EcsMaintenance
from runtime.wordpress.port import Job, JobCommand
from tests.runtime.dynamo import client_of
from tests.runtime.operations.wordpress import FakeWordPress

CLUSTER, LOG_GROUP = "bbws-portal-dev", "/aws/ecs/bbws-portal-dev-maintenance"
Reply = tuple[int, dict[str, Any]]


@dataclass
class Task:
    """A task. It runs until something makes it end."""

    arn: str
    request: dict[str, Any]
    ending: dict[str, Any] | None = None

    @property
    def command(self) -> JobCommand:
        """Which maintenance command it runs."""
        return self.job.command

    @property
    def job(self) -> Job:
        """The job that it was run for."""
        (override,) = self.request["overrides"]["containerOverrides"]
        command, *words = override["command"]
        options = dict(word.removeprefix("--").split("=", 1) for word in words)
        site_id = options.pop("site-id")
        return Job(job_id=self.request["startedBy"], command=JobCommand(command), site_id=site_id, options=options)

    @property
    def description(self) -> dict[str, Any]:
        """The task as DescribeTasks tells of it."""
        known = {"taskArn": self.arn, "startedBy": self.request["startedBy"]}
        if self.ending is None:
            return {**known, "lastStatus": "RUNNING", "containers": [{"name": "maintenance"}]}
        return {**known, "lastStatus": "STOPPED", **self.ending}


def ended(
    *, stop_code: str = "EssentialContainerExited", reason: str = "Essential container in task exited", **container: Any
) -> dict[str, Any]:
    """How a task ended, as DescribeTasks tells of it."""
    containers = [{"name": "maintenance", **container}]
    return {"stopCode": stop_code, "stoppedReason": reason, "containers": containers}


SUCCEEDED = ended(exitCode=0)
NEVER: dict[str, Any] = {}


@dataclass
class Fargate:
    """Runs tasks on the fake WordPress. ``unplaced`` are the answers to the next RunTasks; ``endings`` what tasks of a command
    end with instead of success, one for each, and NEVER for one that does not end by itself. So many looks find a task that is
    not known everywhere yet as ``unseen`` says.
    """

    wordpress: FakeWordPress
    unplaced: list[Reply] = field(default_factory=list)
    endings: dict[JobCommand, list[dict[str, Any]]] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    unseen: int = 0
    calls: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Answer in place of AWS."""
        events = client_of("ecs").meta.events
        events.register("before-send.ecs", self._answer)
        yield
        events.unregister("before-send.ecs", self._answer)

    def maintenance(self, *, task_definition: str = "bbws-portal-dev-maintenance") -> EcsMaintenance:
        """The portal's adapter, which speaks to this."""
        return EcsMaintenance(
            client_of("ecs"),
            cluster=CLUSTER,
            task_definition=task_definition,
            subnets=["subnet-a", "subnet-b"],
            security_groups=["sg-1"],
            log_group=LOG_GROUP,
        )

    @property
    def runs(self) -> list[str]:
        """The jobs that were run, in order."""
        return [task.job.job_id for task in self.tasks.values()]

    def _answer(self, request: AWSRequest, **_: Any) -> AWSResponse:
        target: Any = request.headers["X-Amz-Target"]
        operation = target.decode().rpartition(".")[2]
        self.calls[operation] += 1
        answers: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "RunTask": self._run,
            "DescribeTasks": self._describe,
            "StopTask": self._stop,
        }
        body: Any = request.body
        status, answer = answers[operation](json.loads(body))
        headers: Any = {"Content-Type": "application/x-amz-json-1.1"}
        return AWSResponse(str(request.url), status, headers, _Raw(json.dumps(answer)))

    def _run(self, request: dict[str, Any]) -> Reply:
        known = next((task for task in self.tasks.values() if task.request["clientToken"] == request["clientToken"]), None)
        if known and known.request != request:
            return 400, {"__type": "ConflictException", "resourceIds": [known.arn], "message": "Already in use."}
        if known is None:
            if self.unplaced:
                return self.unplaced.pop(0)
            arn = f"arn:aws:ecs:eu-west-1:000000000000:task/{CLUSTER}/{len(self.tasks):032x}"
            known = self.tasks[arn] = Task(arn, request)
            endings = self.endings.get(known.command)
            known.ending = endings.pop(0) if endings else SUCCEEDED
            if known.ending is SUCCEEDED:
                self.wordpress.run(known.job)
            elif known.ending is NEVER:
                known.ending = None
        return 200, {"tasks": [{"taskArn": known.arn}], "failures": []}

    def _describe(self, request: dict[str, Any]) -> Reply:
        (arn,) = request["tasks"]
        if arn not in self.tasks or self.unseen:
            self.unseen = max(0, self.unseen - 1)
            return 200, {"tasks": [], "failures": [{"arn": arn, "reason": "MISSING"}]}
        return 200, {"tasks": [self.tasks[arn].description], "failures": []}

    def _stop(self, request: dict[str, Any]) -> Reply:
        task = self.tasks.get(request["task"])
        if task is None:
            return 400, {"__type": "InvalidParameterException", "message": "The referenced task was not found."}
        task.ending = task.ending or ended(stop_code="UserInitiated", reason=request["reason"], exitCode=137)
        return 200, {"task": task.description}


class _Raw:
    """A body as urllib3 gives it."""

    def __init__(self, text: str) -> None:
        self._left = [text.encode()]

    def stream(self, **_: Any) -> list[bytes]:
        left, self._left = self._left, []
        return left

    def read(self, *_: Any) -> bytes:
        return b"".join(self.stream())
