"""What leaves the portal: the dispatcher on the table's stream, the sweeper, and the identity mail is sent from."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.portal_function import PortalFunction
from constructs.portal_table import Read, Write
from stacks.config import Stage
from stacks.data_stack import DataStack
from stacks.identity_stack import IdentityStack
from stacks.operations_stack import OperationsStack
from stacks.portal_stack import PortalStack

TIMEOUT = Duration.seconds(30)
"""Below the lease of an outbox entry (60 s), so that nobody takes over what still runs."""

BATCH = 10


class OutboxStack(PortalStack):
    """The dispatcher, the sweeper and the mail identity."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        bundle: Path,
        data: DataStack,
        identity: IdentityStack,
        operations: OperationsStack,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, stage=stage, component="outbox", description="BBWS portal: what leaves after the commit")
        ses.CfnEmailIdentity(self, "MailIdentity", email_identity=stage.mail_identity)
        environment = {
            "TABLE_NAME": data.table.table.table_name,
            "TOKEN_KEY_ID": data.token_key.key_arn,
            "USER_POOL_ID": identity.pool.user_pool_id,
            "MAIL_FROM": stage.mail_from,
            "INVITATION_BASE_URL": stage.invitation_base_url,
            **operations.addresses,
        }
        statements = [
            *data.table.statements(reads={Read.ITEM, Read.ITEMS, Read.QUERY}, writes={Write.PUT, Write.UPDATE, Write.DELETE}),
            data.derive_tokens(),
            self._send_mail(stage),
            *operations.send(),
            iam.PolicyStatement(
                sid="Claims",
                actions=["cognito-idp:AdminGetUser", "cognito-idp:AdminUpdateUserAttributes"],
                resources=[identity.pool.user_pool_arn],
            ),
        ]
        runtime = self.functions(bundle)
        self.dispatcher = PortalFunction(
            self,
            "Dispatcher",
            runtime=runtime,
            name="dispatcher",
            handler="runtime.outbox.handlers.dispatch_stream",
            description="Carries out outbox entries as the table's stream announces them",
            statements=[*statements, self._read_stream(data)],
            environment=environment,
            timeout=TIMEOUT,
        )
        self.sweeper = PortalFunction(
            self,
            "Sweeper",
            runtime=runtime,
            name="sweeper",
            handler="runtime.outbox.handlers.sweep",
            description="Carries out, once a minute, the outbox entries the dispatcher missed",
            statements=statements,
            environment=environment,
            timeout=TIMEOUT,
        )
        self._follow_stream(data)
        self.every_minute(self.sweeper, "Lets the sweeper look for missed outbox entries")
        if alarm_topic is not None:
            for function in (self.dispatcher, self.sweeper):
                function.alarm_on_faults(alarm_topic, consequence="outbox entries wait")

    def _send_mail(self, stage: Stage) -> iam.PolicyStatement:
        identity = f"arn:{self.partition}:ses:{self.region}:{self.account}:identity/{stage.mail_identity}"
        return iam.PolicyStatement(
            sid="Mail",
            actions=["ses:SendEmail"],
            resources=[identity],
            conditions={"StringEquals": {"ses:FromAddress": stage.mail_from}},
        )

    def _read_stream(self, data: DataStack) -> iam.PolicyStatement:
        actions_ = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        return iam.PolicyStatement(sid="Stream", actions=actions_, resources=[data.table.table.table_stream_arn or ""])

    def _follow_stream(self, data: DataStack) -> None:
        """Only new outbox entries; a batch that crashes is halved and let go after two tries, because the sweeper has it."""
        announced = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"entityType": {"S": ["OUTBOX"]}}}}
        mapping = lambda_.EventSourceMapping(
            self,
            "Stream",
            target=self.dispatcher.live,
            event_source_arn=data.table.table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=BATCH,
            bisect_batch_on_error=True,
            retry_attempts=2,
            report_batch_item_failures=True,
            filters=[lambda_.FilterCriteria.filter(announced)],
        )
        reason = (
            "A record only announces an outbox entry: the sweeper finds the entry itself, and tries it until it is done with."
        )
        Validations.of(mapping).acknowledge(Acknowledgment(id="Serverless-LambdaEventSourceMappingDestination", reason=reason))
