"""The portal: all stacks of one stage and what they hand one another."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from stacks.alarm_stack import AlarmStack
from stacks.api_stack import ApiStack
from stacks.config import PROJECT, Stage
from stacks.dashboard_stack import DashboardStack
from stacks.data_stack import DataStack
from stacks.health_stack import HealthStack
from stacks.identity_stack import IdentityStack
from stacks.operations_stack import OperationsStack
from stacks.outbox_stack import OutboxStack


class Portal:
    """One stage of the portal; ``bundle`` is the zip its functions run from."""

    def __init__(self, scope: Construct, *, stage: Stage, bundle: Path) -> None:
        self.alarms = AlarmStack(scope, stage=stage)
        topic = self.alarms.topic if stage.alarms else None
        self.data = DataStack(scope, stage=stage)
        self.identity = IdentityStack(scope, stage=stage)
        self.api = ApiStack(scope, stage=stage, bundle=bundle, data=self.data, identity=self.identity, alarm_topic=topic)
        self.operations = OperationsStack(scope, stage=stage, bundle=bundle, data=self.data, alarm_topic=topic)
        self.outbox = OutboxStack(
            scope,
            stage=stage,
            bundle=bundle,
            data=self.data,
            identity=self.identity,
            operations=self.operations,
            alarm_topic=topic,
        )
        self.health = HealthStack(scope, stage=stage, bundle=bundle, data=self.data, alarm_topic=topic)
        self.dashboard = DashboardStack(scope, stage=stage, api=self.api, operations=self.operations)
        self.stacks = (
            self.alarms,
            self.data,
            self.identity,
            self.api,
            self.operations,
            self.outbox,
            self.health,
            self.dashboard,
        )
        for stack in self.stacks:
            _tag(stack, stage)


def _tag(stack: cdk.Stack, stage: Stage) -> None:
    tags = {
        "Environment": stage.name,
        "Project": PROJECT,
        "Owner": stage.owner,
        "CostCenter": stage.cost_center,
        "ManagedBy": "cdk",
        "Component": stack.stack_name.removeprefix(f"{stage.prefix}-"),
    }
    for name, value in tags.items():
        cdk.Tags.of(stack).add(name, value)
