"""Where a cloud stage's WordPress answers and runs, and what the consumers need to have maintenance tasks run there.

The parameters are written by whoever sets the hosting up; CloudFormation reads them when it deploys, so that a synth looks
nothing up. The local stage has none: there, whoever starts the local cloud tells its functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Acknowledgment, CfnParameter, Token, Validations
from aws_cdk import aws_iam as iam

from constructs.batch_consumer import BatchConsumer
from stacks.portal_stack import PortalStack


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """What a consumer is given: variables, permissions, and the wildcards in these that are meant, each with its reason."""

    environment: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[iam.PolicyStatement] = ()
    wildcards: Mapping[str, str] = field(default_factory=dict)

    def accept_wildcards(self, consumer: BatchConsumer) -> None:
        """Say at a consumer's role why its permissions may have wildcards."""
        for found, reason in self.wildcards.items():
            Validations.of(consumer.function.role).acknowledge(
                Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{found}]", reason=reason)
            )


def hosting_of(stack: PortalStack) -> Hosting:
    """The hosting of the stack's stage; nothing in local."""
    if stack.portal_stage.name == "local":
        return Hosting()
    cluster, task = _parameter(stack, "cluster"), _parameter(stack, "task")
    definitions = stack.format_arn(service="ecs", resource="task-definition", resource_name=f"{task}:*")
    tasks = stack.format_arn(service="ecs", resource="task", resource_name=f"{cluster}/*")
    of_cluster = {"ArnEquals": {"ecs:cluster": stack.format_arn(service="ecs", resource="cluster", resource_name=cluster)}}
    statements = [
        iam.PolicyStatement(sid="StartTasks", actions=["ecs:RunTask"], resources=[definitions], conditions=of_cluster),
        iam.PolicyStatement(sid="LookAtTasks", actions=["ecs:DescribeTasks"], resources=[tasks], conditions=of_cluster),
        iam.PolicyStatement(
            sid="TaskRoles",
            actions=["iam:PassRole"],
            resources=[_parameter(stack, "task-role"), _parameter(stack, "execution-role")],
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
    ]
    environment = {
        **gateway_of(stack),
        "MAINTENANCE_CLUSTER": cluster,
        "MAINTENANCE_TASK": task,
        "MAINTENANCE_SUBNETS": _parameter(stack, "subnets"),
        "MAINTENANCE_SECURITY_GROUPS": _parameter(stack, "security-groups"),
    }
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    ecs = f"arn:<AWS::Partition>:ecs:{stack.region}:{account}"
    wildcards = {
        f"{ecs}:task-definition/<HostingTask>:*": "Every revision of the one maintenance task: a new image is a new revision.",
        f"{ecs}:task/<HostingCluster>/*": "A task's id is made when it starts, and no other cluster's tasks can be looked at.",
    }
    return Hosting(environment=environment, statements=statements, wildcards=wildcards)


def gateway_of(stack: PortalStack) -> dict[str, str]:
    """The variable by which the functions of a stack, which asks for it once, reach the stage's sites; none in local."""
    return {} if stack.portal_stage.name == "local" else {"WORDPRESS_GATEWAY": _parameter(stack, "gateway")}


def _parameter(stack: PortalStack, name: str) -> str:
    """The value of a parameter of the stage's hosting, as CloudFormation will find it."""
    parameter = CfnParameter(
        stack,
        "Hosting" + "".join(part.capitalize() for part in name.split("-")),
        type="AWS::SSM::Parameter::Value<String>",
        default=f"/{stack.portal_stage.prefix}/hosting/{name}",
        description=f"Where the hosting's {name.replace('-', ' ')} is written",
    )
    return parameter.value_as_string
