"""PortalFunction: three resources, no permission beyond what is declared, no managed policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.portal_alarm import PortalAlarm
from constructs.portal_alarm import defaults as alarm_defaults
from constructs.portal_function import defaults


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What all functions of a stack share: the bundle, the processor it is built for, how long logs are kept, and the stage.

    One ``Runtime`` serves one stack, because the CDK binds a bundle to the stack that uses it first.
    """

    code: lambda_.Code
    architecture: lambda_.Architecture
    log_retention: logs.RetentionDays
    removal_policy: RemovalPolicy
    name_prefix: str
    stage: str


class PortalFunction(Construct):
    """A Lambda function.

    ``statements`` are its permissions beyond writing its own log and traces. Exposes ``function``, ``role`` and ``log_group``.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        runtime: Runtime,
        name: str,
        handler: str,
        description: str,
        statements: Sequence[iam.PolicyStatement] = (),
        environment: Mapping[str, str] | None = None,
        timeout: Duration = defaults.TIMEOUT,
        memory_mb: int = defaults.MEMORY_MB,
    ) -> None:
        super().__init__(scope, id_)
        self.name = f"{runtime.name_prefix}-{name}"
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{self.name}",
            retention=runtime.log_retention,
            removal_policy=runtime.removal_policy,
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            inline_policies={"Permissions": iam.PolicyDocument(statements=[*self._own_statements(), *statements])},
        )
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        reason = "X-Ray's actions take no resource; this statement holds nothing but its two write actions."
        Validations.of(self.role).acknowledge(Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason=reason))
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=self.name,
            description=description,
            runtime=defaults.RUNTIME,
            architecture=runtime.architecture,
            handler=handler,
            code=runtime.code,
            # The role is complete: what the function's own grants would add is in it, without a policy resource of their own.
            role=self.role.without_policy_updates(),
            log_group=self.log_group,
            tracing=lambda_.Tracing.ACTIVE,
            timeout=timeout,
            memory_size=memory_mb,
            environment={"POWERTOOLS_LOG_LEVEL": defaults.LOG_LEVEL, "STAGE": runtime.stage, **(environment or {})},
        )
        reason = "Tests, the local cloud and Lambda run the same Python; the next one comes with all three at once."
        Validations.of(self.function).acknowledge(Acknowledgment(id="AwsSolutions-L1", reason=reason))

    def alarm_on_faults(self, topic: sns.ITopic, *, consequence: str) -> PortalAlarm:
        """Alarm when the function fails as a whole or is throttled; ``consequence`` says what that does."""
        return PortalAlarm(
            self,
            "Faults",
            topic=topic,
            description=f"{self.name} failed or was throttled: {consequence}",
            metric=cloudwatch.MathExpression(
                expression="errors + throttles",
                label="errors and throttles",
                period=alarm_defaults.PERIOD,
                using_metrics={"errors": self.function.metric_errors(), "throttles": self.function.metric_throttles()},
            ),
            threshold=0,
        )

    def _own_statements(self) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                sid="OwnLog",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            ),
            iam.PolicyStatement(sid="Traces", actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]),
        ]
