"""PortalAlarm: one resource, and an action that cannot be forgotten."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.portal_alarm import defaults


class PortalAlarm(Construct):
    """An alarm while ``metric`` is over ``threshold``; silence is no alarm. Exposes ``alarm``.

    ``description`` is what people read when it wakes them: what is wrong, and what it does to customers.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        topic: sns.ITopic,
        description: str,
        metric: cloudwatch.IMetric,
        threshold: float,
    ) -> None:
        super().__init__(scope, id_)
        self.alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=defaults.EVALUATIONS,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        action = actions.SnsAction(topic)
        self.alarm.add_alarm_action(action)  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        self.alarm.add_ok_action(action)  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
