"""PortalFunction: a function with its role and log; no permission beyond what is declared, no managed policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Acknowledgment, ArnFormat, Duration, RemovalPolicy, Stack, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct, IConstruct

from constructs.portal_alarm import PortalAlarm
from constructs.portal_alarm import defaults as alarm_defaults
from constructs.portal_function import defaults
from constructs.portal_function.network import Network, interface_statements
from constructs.portal_function.takeover import Takeover

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
_WILDCARD = "X-Ray's actions take no resource; this statement holds nothing but its two write actions."
_WILDCARD_IN_NETWORK = " Lambda makes network interfaces before anything could name them, and the function's code is denied it."
_RUNTIME = "Tests, the local cloud and Lambda run the same Python; the next one comes with all three at once."
_ACCEPTED = {
    "AwsSolutions-L1": _RUNTIME,
    "Serverless-LambdaLatestVersion": _RUNTIME,
    "Serverless-LambdaDLQ": "No call carries what is not kept elsewhere: callers of the gateway are answered, messages and "
    "outbox entries stay where they are until they are done with, and what runs once a minute runs again a minute later.",
}


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What all functions of a stack share: the bundle, the processor it is built for, how long logs are kept, and the stage.

    One ``Runtime`` serves one stack, because the CDK binds a bundle to the stack that uses it first. ``takeover`` says how new
    code takes over; None is for a stage without alarms that could stop it.
    """

    code: lambda_.Code
    architecture: lambda_.Architecture
    log_retention: logs.RetentionDays
    removal_policy: RemovalPolicy
    name_prefix: str
    stage: str
    takeover: Takeover | None


class PortalFunction(Construct):
    """A Lambda function.

    ``statements`` are its permissions beyond writing its own log and traces. ``network`` is where it runs, if it has to
    reach what is not on the internet. Exposes ``function``, ``role``, ``log_group``, and ``live``, which is what has to be
    called: the alias that leads to the code in charge, or the function itself where nothing takes over step by step.
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
        network: Network | None = None,
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
            inline_policies={"Permissions": iam.PolicyDocument(statements=[*self._own_statements(network), *statements])},
        )
        reason = _WILDCARD + (_WILDCARD_IN_NETWORK if network else "")
        _accept(self.role, {"AwsSolutions-IAM5[Resource::*]": reason, "Serverless-LambdaStarPermissions": reason})
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
            environment={
                "POWERTOOLS_LOG_LEVEL": defaults.LOG_LEVEL,
                "STAGE": runtime.stage,
                **(network.environment if network else {}),
                **(environment or {}),
            },
            vpc=network.vpc if network else None,
            vpc_subnets=network.subnets if network else None,
            security_groups=[network.security_group] if network else None,
        )
        _accept(self.function, _ACCEPTED)
        self._takeover = runtime.takeover
        self._alias = runtime.takeover.publish(self.function) if runtime.takeover else None
        self.live: lambda_.FunctionBase = self._alias or self.function

    def roll_back_on(self, *alarms: str) -> None:
        """Let new code take over by CodeDeploy, and give way to the old when one of these alarms rings meanwhile.

        Alarms are told by their names. Without a takeover, there is nothing that could go back.
        """
        if self._takeover and self._alias:
            self._takeover.watch(self._alias, name=self.name, alarms=alarms)

    def alarm_on_faults(self, topic: sns.ITopic, *, consequence: str) -> PortalAlarm:
        """Alarm when the function fails as a whole or is throttled; ``consequence`` says what that does.

        While new code takes over, the alarm brings the old code back.
        """
        alarm = PortalAlarm(
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
        self.roll_back_on(alarm.alarm.alarm_name)
        return alarm

    def _own_statements(self, network: Network | None) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                sid="OwnLog",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            ),
            iam.PolicyStatement(sid="Traces", actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]),
            *(interface_statements(self._arn()) if network else ()),
        ]

    def _arn(self) -> str:
        """The function's ARN by its name: the function refers to its role, and could not be made if the role referred to it."""
        return Stack.of(self).format_arn(
            service="lambda", resource="function", resource_name=self.name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )


def _accept(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Say at a construct why what the checks find there is as it should be."""
    Validations.of(construct).acknowledge(*(Acknowledgment(id=id_, reason=reason) for id_, reason in findings.items()))
