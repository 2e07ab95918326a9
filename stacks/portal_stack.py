"""What every stack of the portal has in common: its name, its place, its protection, and how functions run in it."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs.portal_function import PortalFunction, Runtime, Takeover
from stacks.config import Stage


class PortalStack(cdk.Stack):
    """A stack of one stage, named after its component."""

    def __init__(self, scope: Construct, *, stage: Stage, component: str, description: str) -> None:
        name = f"{stage.prefix}-{component}"
        super().__init__(
            scope,
            name,
            stack_name=name,
            env=stage.environment,
            description=description,
            termination_protection=stage.terminate_protected,
            analytics_reporting=False,
        )
        self.portal_stage = stage
        self.component = component

    def functions(self, bundle: Path) -> Runtime:
        """What this stack's functions share."""
        stage = self.portal_stage
        name_prefix = f"{stage.prefix}-{self.component}"
        return Runtime(
            code=lambda_.Code.from_asset(str(bundle)),
            architecture=stage.architecture,
            log_retention=stage.log_retention,
            removal_policy=stage.removal_policy,
            name_prefix=name_prefix,
            stage=stage.name,
            takeover=self._takeover(name_prefix) if stage.alarms else None,
        )

    def _takeover(self, name_prefix: str) -> Takeover:
        # While an alarm rings, CodeDeploy lets no new code in: the code that mends what it rings for has to go round it.
        at_once = self.node.try_get_context("at-once") == "true"
        return Takeover(self, "Takeover", name_prefix=name_prefix, gradual=self.portal_stage.gradual and not at_once)

    def every_minute(self, function: PortalFunction, description: str) -> None:
        """Let a function run once a minute; a minute that it could not be called in is not made up for."""
        rule = events.Rule(
            self,
            "EveryMinute",
            description=description,
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[targets.LambdaFunction(function.live, retry_attempts=0)],  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        )
        reason = "What was not done in one minute is done in the next; a queue of minutes would be of no use to anybody."
        Validations.of(rule).acknowledge(Acknowledgment(id="Serverless-EventBusDLQ", reason=reason))
