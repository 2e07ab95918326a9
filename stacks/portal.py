"""The portal: all stacks of one stage and what they hand one another."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.alarm_stack import AlarmStack
from stacks.api_stack import ApiStack
from stacks.backup_stack import BackupStack, RecoveryStack
from stacks.config import PROJECT, Stage
from stacks.dashboard_stack import DashboardStack
from stacks.data_stack import DataStack
from stacks.delivery_stack import DeliveryStack
from stacks.health_stack import HealthStack
from stacks.hosting_config import Hosting
from stacks.hosting_stack import HostingStack
from stacks.identity_stack import IdentityStack
from stacks.network_stack import NetworkStack
from stacks.operations_stack import OperationsStack
from stacks.outbox_stack import OutboxStack
from stacks.portal_stack import PortalStack
from stacks.storage_stack import StorageStack


class Portal:
    """One stage of the portal; ``bundle`` is the zip its functions run from.

    ``image`` is that of the WordPress tasks, by its digest; without it, it is built from this repository when it is published.
    """

    def __init__(self, scope: Construct, *, stage: Stage, bundle: Path, image: str | None = None) -> None:
        self.alarms = AlarmStack(scope, stage=stage)
        topic = self.alarms.topic if stage.alarms else None
        self.data = DataStack(scope, stage=stage)
        self.identity = IdentityStack(scope, stage=stage)
        self.hosting = self._host(scope, stage, stage.hosting, image, topic) if stage.hosting else None
        self.api = ApiStack(
            scope,
            stage=stage,
            bundle=bundle,
            data=self.data,
            identity=self.identity,
            hosting=self.hosting,
            alarm_topic=topic,
        )
        self.operations = OperationsStack(
            scope, stage=stage, bundle=bundle, data=self.data, hosting=self.hosting, alarm_topic=topic
        )
        self.outbox = OutboxStack(
            scope,
            stage=stage,
            bundle=bundle,
            data=self.data,
            identity=self.identity,
            operations=self.operations,
            alarm_topic=topic,
        )
        self.health = HealthStack(scope, stage=stage, bundle=bundle, data=self.data, hosting=self.hosting, alarm_topic=topic)
        self.dashboard = DashboardStack(scope, stage=stage, api=self.api, operations=self.operations)
        if stage.repository:
            DeliveryStack(scope, stage=stage)
        self.stacks = tuple(child for child in scope.node.children if isinstance(child, PortalStack))
        for stack in self.stacks:
            _tag(stack, stage)

    def _host(
        self, scope: Construct, stage: Stage, hosting: Hosting, image: str | None, topic: sns.ITopic | None
    ) -> HostingStack:
        """The WordPress side, with its backups."""
        network = NetworkStack(scope, stage=stage, hosting=hosting)
        storage = StorageStack(scope, stage=stage, hosting=hosting, network=network, alarm_topic=topic)
        if stage.recovery_region:
            RecoveryStack(scope, stage=stage)
        BackupStack(
            scope,
            stage=stage,
            table_arn=self.data.table.arn,
            file_system_arn=storage.arn_of(storage.sites),
            database_arn=storage.database.arn,
            alarm_topic=topic,
        )
        return HostingStack(
            scope,
            stage=stage,
            hosting=hosting,
            network=network,
            storage=storage,
            data=self.data,
            image=image,
            alarm_topic=topic,
        )


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
