"""DeadLetterQueue: where messages end that nobody could work off, kept until somebody looks."""

from __future__ import annotations

from typing import cast

from aws_cdk import Acknowledgment, RemovalPolicy, Stack, Validations
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs.batch_consumer import defaults
from constructs.batch_consumer.checks import check_dead_letter_source
from constructs.portal_alarm import PortalAlarm
from constructs.portal_alarm import defaults as alarm_defaults


class DeadLetterQueue(Construct):
    """The dead-letter queue that several consumers share; it takes from their queues and from no others.

    ``alarms`` is the topic that is told when anything is in it. It cannot be left out; None is for a stage where nothing
    evaluates alarms. Exposes ``queue`` and ``alarm``.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        queue_name: str,
        removal_policy: RemovalPolicy,
        alarms: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, id_)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=defaults.DEAD_LETTER_RETENTION,
            removal_policy=removal_policy,
        )
        reason = "Dead letters end here, and wait for somebody who puts them back or deletes them."
        Validations.of(self.queue).acknowledge(Acknowledgment(id="Serverless-SQSRedrivePolicy", reason=reason))
        self.queue_arn, self.queue_url = self.queue.queue_arn, self.queue.queue_url
        self._sources: list[str] = []
        self.alarm = alarms and PortalAlarm(
            self,
            "Depth",
            topic=alarms,
            description=f"{queue_name} holds messages that nobody could work off: customers wait for what they asked for",
            metric=self.queue.metric_approximate_number_of_messages_visible(period=alarm_defaults.PERIOD, statistic="Maximum"),
            threshold=0,
        )

    def take_from(self, queue_name: str) -> None:
        """Let a queue have its dead letters here; raises ConsumerError when SQS would not."""
        check_dead_letter_source(queue_name, self._sources)
        self._sources.append(queue_name)
        # By name: the queue refers to this one, and could not be made if this one referred to it.
        arns = [Stack.of(self).format_arn(service="sqs", resource=name) for name in self._sources]
        queue = cast("sqs.CfnQueue", self.queue.node.default_child)
        queue.redrive_allow_policy = {"redrivePermission": "byQueue", "sourceQueueArns": arns}
