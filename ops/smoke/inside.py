"""A stage from inside, as operators with credentials see it: what a deployment may have left half done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ops.access import Access
from ops.smoke.check import Check, check, wanted
from stacks.config import Stage

PATIENCE_SECONDS = 20
"""How long what a deployment has just changed may take to settle."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """A stage as its operators see it."""

    stage: Stage
    access: Access

    def checks(self) -> Iterator[Check]:
        """What a deployment may have left half done."""
        yield check("functions", self._functions, within=PATIENCE_SECONDS)
        yield check("event source mappings", self._mappings, within=PATIENCE_SECONDS)
        yield check("dead letters", self._dead_letters)
        if self.stage.hosting:
            yield check("tasks that serve sites", self._tasks, within=PATIENCE_SECONDS)

    def output(self, component: str, name: str) -> str:
        """An output of one of the stage's stacks."""
        (stack,) = self.access.client("cloudformation").describe_stacks(StackName=f"{self.stage.prefix}-{component}")["Stacks"]
        (value,) = (each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == name)
        return str(value)

    @cached_property
    def _lambda(self) -> Any:
        return self.access.client("lambda")

    def _pages(self, operation: str, key: str, **parameters: Any) -> list[Any]:
        return [each for page in self._lambda.get_paginator(operation).paginate(**parameters) for each in page[key]]

    def _functions(self) -> str:
        names = [each["FunctionName"] for each in self._pages("list_functions", "Functions")]
        names = [name for name in names if name.startswith(f"{self.stage.prefix}-")]
        wrong = [fault for name in names for fault in self._faults(name)]
        return wanted(bool(names) and not wrong, "; ".join(wrong) or f"{len(names)} active")

    def _faults(self, name: str) -> Iterator[str]:
        """What is wrong with a function, or with what its aliases point at."""
        aliases = self._pages("list_aliases", "Aliases", FunctionName=name)
        for alias in aliases:
            if alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
                yield f"{name}: {alias['Name']} still shifts between two versions"
        for qualifier in [{"Qualifier": alias["Name"]} for alias in aliases] or [{}]:
            found = self._lambda.get_function_configuration(FunctionName=name, **qualifier)
            state = (found.get("State"), found.get("LastUpdateStatus"))
            if state != ("Active", "Successful"):
                yield f"{name}: {' and '.join(map(str, state))}"

    def _mappings(self) -> str:
        mappings = self._pages("list_event_source_mappings", "EventSourceMappings")
        ours = [each for each in mappings if f":function:{self.stage.prefix}-" in each["FunctionArn"]]
        wrong = [f"{each['EventSourceArn']} is {each['State']}" for each in ours if each["State"] != "Enabled"]
        return wanted(bool(ours) and not wrong, "; ".join(wrong) or f"{len(ours)} enabled")

    def _dead_letters(self) -> str:
        sqs = self.access.client("sqs")
        url = sqs.get_queue_url(QueueName=self.stage.queue("operations-dlq"))["QueueUrl"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        count = sum(int(found[name]) for name in names)
        return wanted(count == 0, f"{count}; make dlq STAGE={self.stage.name} shows them" if count else "none")

    def _tasks(self) -> str:
        hosting = self.stage.hosting
        cluster = (hosting and hosting.existing.cluster) or self.stage.prefix
        found = self.access.client("ecs").describe_services(cluster=cluster, services=[f"{self.stage.prefix}-sites"])
        (service,) = found["services"]
        (rollout,) = (each["rolloutState"] for each in service["deployments"] if each["status"] == "PRIMARY")
        seen = f"{service['runningCount']} of {service['desiredCount']} run, the rollout is {rollout}"
        return wanted(service["runningCount"] >= service["desiredCount"] > 0 and rollout == "COMPLETED", seen)
