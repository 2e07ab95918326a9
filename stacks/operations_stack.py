"""What carries out operations: one BatchConsumer for each queue, the sweeper, and the bus that tells how operations ended."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.batch_consumer import BatchConsumer, DeadLetterQueue
from constructs.portal_alarm import PortalAlarm
from constructs.portal_function import PortalFunction
from constructs.portal_table import Read, Write
from stacks.config import Stage
from stacks.data_stack import DataStack
from stacks.hosting_stack import HostingStack
from stacks.metrics import portal_metric
from stacks.portal_stack import PortalStack

SWEEP_TIMEOUT = Duration.seconds(50)
"""Below the minute between two sweeps."""

SLOW_CREATION = Duration.minutes(10)
FAILED_CREATIONS = 5
FAILED_CREATIONS_WITHIN = Duration.minutes(15)


class OperationsStack(PortalStack):
    """The queues with their consumers, the sweeper and the event bus."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        bundle: Path,
        data: DataStack,
        hosting: HostingStack | None,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, stage=stage, component="operations", description="BBWS portal: what carries out operations")
        runtime = self.functions(bundle)
        self.dead_letters = DeadLetterQueue(
            self,
            "DeadLetters",
            queue_name=stage.queue("operations-dlq"),
            removal_policy=stage.removal_policy,
            alarms=alarm_topic,
        )
        consumer = partial(
            BatchConsumer,
            self,
            dead_letters=self.dead_letters,
            alarms=alarm_topic,
            runtime=runtime,
            table=data.table,
            reads={Read.ITEM, Read.ITEMS},
            writes={Write.PUT, Write.UPDATE, Write.DELETE, Write.CHECK},
            statements=[data.derive_agent_secrets(), *(hosting.start_tasks() if hosting else ())],
            environment={
                "AGENT_KEY_ID": data.agent_key.key_arn,
                **({**hosting.gateway, **hosting.maintenance} if hosting else {}),
            },
            network=hosting.network.of_functions if hosting else None,
            retry_base=Duration.seconds(stage.retry_base_seconds),
        )
        self.creation = consumer(
            "SiteCreation",
            queue_name=stage.queue("creation"),
            handler="runtime.sites.consumers.creation",
            timeout=Duration.seconds(150),
        )
        self.update = consumer(
            "SiteUpdate",
            queue_name=stage.queue("update"),
            handler="runtime.sites.consumers.update",
            timeout=Duration.seconds(100),
        )
        self.deletion = consumer(
            "SiteDeletion",
            queue_name=stage.queue("deletion"),
            handler="runtime.sites.consumers.deletion",
            timeout=Duration.seconds(100),
        )
        if hosting:
            for each in self.consumers:
                hosting.accept_wildcards(each)
        self.bus = events.EventBus(self, "Events", event_bus_name=stage.prefix, description="How operations on sites ended")
        self.sweeper = PortalFunction(
            self,
            "Sweeper",
            runtime=runtime,
            name="sweeper",
            handler="runtime.operations.sweeper.sweep",
            description="Sends, once a minute, the messages of operations that nobody looked after in time",
            statements=data.table.statements(
                reads={Read.ITEM, Read.ITEMS, Read.GSI1}, writes={Write.PUT, Write.UPDATE, Write.CHECK}
            ),
            environment={"TABLE_NAME": data.table.name},
            timeout=SWEEP_TIMEOUT,
        )
        self.every_minute(self.sweeper, "Lets the sweeper look for overdue operations")
        if alarm_topic is not None:
            self.sweeper.alarm_on_faults(alarm_topic, consequence="overdue operations wait")
            self._alarm_on_creations(alarm_topic)
        CfnOutput(self, "CreationQueueUrl", value=self.creation.queue_url)
        CfnOutput(self, "UpdateQueueUrl", value=self.update.queue_url)
        CfnOutput(self, "DeletionQueueUrl", value=self.deletion.queue_url)
        CfnOutput(self, "DeadLetterQueueUrl", value=self.dead_letters.queue_url)
        CfnOutput(self, "EventBusName", value=self.bus.event_bus_name)

    @property
    def consumers(self) -> tuple[BatchConsumer, ...]:
        """All consumers."""
        return (self.creation, self.update, self.deletion)

    @property
    def addresses(self) -> dict[str, str]:
        """The variables by which a function knows the queues and the bus."""
        return {
            "CREATION_QUEUE_URL": self.creation.queue_url,
            "UPDATE_QUEUE_URL": self.update.queue_url,
            "DELETION_QUEUE_URL": self.deletion.queue_url,
            "EVENT_BUS_NAME": self.bus.event_bus_name,
        }

    def send(self) -> list[iam.PolicyStatement]:
        """The permission to send messages to the queues and events to the bus."""
        queues = [each.queue_arn for each in self.consumers]
        return [
            iam.PolicyStatement(sid="Queues", actions=["sqs:SendMessage"], resources=queues),
            iam.PolicyStatement(sid="Events", actions=["events:PutEvents"], resources=[self.bus.event_bus_arn]),
        ]

    def _alarm_on_creations(self, topic: sns.ITopic) -> None:
        stage, minutes = self.portal_stage, Duration.minutes(5)
        creation = {"operationType": "SITE_CREATION"}
        slowest = {
            outcome.lower(): portal_metric(
                stage, "OperationDuration", statistic="Maximum", period=minutes, outcome=outcome, **creation
            )
            for outcome in ("COMPLETED", "FAILED")
        }
        PortalAlarm(
            self,
            "SlowCreation",
            topic=topic,
            description=f"Creating a site took over {SLOW_CREATION.to_seconds():g} s: look at what its steps waited for",
            metric=cloudwatch.MathExpression(
                expression="MAX(METRICS())", label="slowest creation", period=minutes, using_metrics=slowest
            ),
            threshold=SLOW_CREATION.to_seconds(),
        )
        PortalAlarm(
            self,
            "FailedCreations",
            topic=topic,
            description=f"Over {FAILED_CREATIONS} creations of sites failed within "
            f"{FAILED_CREATIONS_WITHIN.to_minutes():g} minutes: something they all need is down",
            metric=portal_metric(
                stage, "OperationsEnded", statistic="Sum", period=FAILED_CREATIONS_WITHIN, outcome="FAILED", **creation
            ),
            threshold=FAILED_CREATIONS,
        )
