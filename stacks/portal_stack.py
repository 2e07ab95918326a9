"""What every stack of the portal has in common: its name, its place, its protection, and how functions run in it."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs.portal_function import PortalFunction, Runtime
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
        return Runtime(
            code=lambda_.Code.from_asset(str(bundle)),
            architecture=stage.architecture,
            log_retention=stage.log_retention,
            removal_policy=stage.removal_policy,
            name_prefix=f"{stage.prefix}-{self.component}",
            stage=stage.name,
        )

    def every_minute(self, function: PortalFunction, description: str) -> None:
        """Let a function run once a minute."""
        events.Rule(
            self,
            "EveryMinute",
            description=description,
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[targets.LambdaFunction(function.function)],  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        )
