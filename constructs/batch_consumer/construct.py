"""BatchConsumer: a queue and the function that works it off, with everything it takes to run them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs.batch_consumer import defaults
from constructs.batch_consumer.checks import (
    check_queue_name,
    check_timeout,
    check_verbs,
    consumer_named,
    visibility_for,
)
from constructs.batch_consumer.dead_letters import DeadLetterQueue
from constructs.portal_alarm import PortalAlarm
from constructs.portal_alarm import defaults as alarm_defaults
from constructs.portal_function import Network, PortalFunction, Runtime
from constructs.portal_table import PortalTable, Read, Write


class BatchConsumer(Construct):
    """A queue, its Lambda with role and log group, the mapping between them, and two alarms.

    ``handler`` names a function decorated with ``@consumer``. ``alarms`` is where the alarms go; it cannot be left out, and
    None is for a stage where nothing evaluates alarms. ``reads`` and ``writes`` are all the function may do with the table,
    ``statements`` what it may do beyond. ``retry_base`` is the wait before a second attempt. ``visibility`` follows from the
    timeout and can only be made longer. ``filters`` are patterns of which a message has to match one: Lambda deletes what
    matches none, what is malformed included, so they are for queues that others fill. ``network`` is where its function runs.

    Raises ConsumerError for what could not work. Exposes ``queue``, ``function`` (a PortalFunction), ``mapping``, ``alarms``
    and ``consumer``, the function itself as the runtime knows it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        queue_name: str,
        handler: str,
        timeout: Duration,
        dead_letters: DeadLetterQueue,
        alarms: sns.ITopic | None,
        runtime: Runtime,
        table: PortalTable | None = None,
        reads: Set[Read] = frozenset(),
        writes: Set[Write] = frozenset(),
        statements: Sequence[iam.PolicyStatement] = (),
        environment: Mapping[str, str] | None = None,
        retry_base: Duration = defaults.RETRY_BASE,
        visibility: Duration | None = None,
        filters: Sequence[Mapping[str, Any]] = (),
        network: Network | None = None,
    ) -> None:
        super().__init__(scope, id_)
        check_queue_name(queue_name)
        check_verbs(reads, writes, table, queue_name=queue_name)
        self.consumer = consumer_named(handler, queue_name=queue_name)
        check_timeout(self.consumer, timeout, queue_name=queue_name)
        dead_letters.take_from(queue_name)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name,
            visibility_timeout=visibility_for(timeout, visibility, queue_name=queue_name),
            retention_period=defaults.RETENTION,
            receive_message_wait_time=defaults.LONG_POLLING,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters.queue, max_receive_count=defaults.MAX_RECEIVES),
            removal_policy=runtime.removal_policy,
        )
        self.queue_arn, self.queue_url = self.queue.queue_arn, self.queue.queue_url
        self.function = PortalFunction(
            self,
            "Function",
            runtime=runtime,
            name=id_,
            handler=handler,
            description=f"{queue_name}: {self.consumer.summary}",
            statements=[
                *self._own_statements(dead_letters),
                *(table.statements(reads=reads, writes=writes) if table else []),
                *statements,
            ],
            environment={
                "QUEUE_URL": self.queue_url,
                "DEAD_LETTER_QUEUE_URL": dead_letters.queue_url,
                "RETRY_BASE_SECONDS": f"{retry_base.to_seconds():g}",
                **({"TABLE_NAME": table.name} if table else {}),
                **(environment or {}),
            },
            timeout=timeout,
            network=network,
        )
        self.mapping = lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=self.function.live,
            event_source_arn=self.queue_arn,
            batch_size=defaults.BATCH,
            max_concurrency=defaults.MAX_CONCURRENCY,
            report_batch_item_failures=True,
            filters=[lambda_.FilterCriteria.filter(dict(pattern)) for pattern in filters] or None,
        )
        reason = (
            "Its dead letters are the queue's: Lambda takes destinations for what cannot stay in a stream, and not for queues."
        )
        Validations.of(self.mapping).acknowledge(
            Acknowledgment(id="Serverless-LambdaEventSourceMappingDestination", reason=reason)
        )
        self.alarms = (self._age_alarm(queue_name, alarms), self._fault_alarm(alarms)) if alarms else ()

    def _own_statements(self, dead_letters: DeadLetterQueue) -> list[iam.PolicyStatement]:
        own = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage")
        return [
            iam.PolicyStatement(sid="Queue", actions=[f"sqs:{action}" for action in own], resources=[self.queue_arn]),
            iam.PolicyStatement(sid="DeadLetters", actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn]),
        ]

    def _age_alarm(self, queue_name: str, topic: sns.ITopic) -> PortalAlarm:
        minutes = defaults.OLDEST_MESSAGE.to_minutes()
        return PortalAlarm(
            self,
            "OldestMessage",
            topic=topic,
            description=f"{queue_name}: a message waits for over {minutes:g} minutes, and so does whoever asked for it",
            metric=self.queue.metric_approximate_age_of_oldest_message(period=alarm_defaults.PERIOD, statistic="Maximum"),
            threshold=defaults.OLDEST_MESSAGE.to_seconds(),
        )

    def _fault_alarm(self, topic: sns.ITopic) -> PortalAlarm:
        return self.function.alarm_on_faults(topic, consequence="its messages are received again, or wait")
