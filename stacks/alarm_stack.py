"""Where alarms go: one topic for the stage."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.config import Stage
from stacks.portal_stack import PortalStack


class AlarmStack(PortalStack):
    """The alarm topic and those it tells."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, stage=stage, component="alarms", description="BBWS portal: where alarms go")
        self.topic = sns.Topic(self, "Topic", topic_name=f"{stage.prefix}-alarms", enforce_ssl=True)
        self.topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com"))
        for address in stage.alarm_emails:
            subscription = self.topic.add_subscription(subscriptions.EmailSubscription(address))  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            # https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
            reason = (
                "SNS tries a mail for six hours, and CloudWatch shows the alarm; a queue of lost mails would need an alarm too."
            )
            Validations.of(subscription).acknowledge(Acknowledgment(id="Serverless-SNSRedrivePolicy", reason=reason))
