"""How new code of a stack's functions takes over from the old, and the old comes back when the new fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import (
    Acknowledgment,
    ArnFormat,
    CfnCodeDeployLambdaAliasUpdate,
    CfnUpdatePolicy,
    Stack,
    Token,
    Validations,
)
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs.portal_function import defaults

_Group = codedeploy.CfnDeploymentGroup


class Takeover(Construct):
    """What the functions of a stack share for it: CodeDeploy's application, and the role with which it moves their aliases.

    With ``gradual`` one call in ten goes to the new code for a while, and all of them after it. An alarm meanwhile, or a failed
    or stopped deployment, gives all calls back to the old code; CloudFormation then takes back the rest of the stack's update.
    Otherwise the new code gets every call at once, and no alarm has a say in it: none could ring in time.
    """

    def __init__(self, scope: Construct, id_: str, *, name_prefix: str, gradual: bool) -> None:
        super().__init__(scope, id_)
        self._gradual = gradual
        self.application = codedeploy.CfnApplication(
            self, "Application", application_name=name_prefix, compute_platform="Lambda"
        )
        self.role = self._role(name_prefix)
        # Each attribute is a question to the CDK's own process, so what every function needs is asked for once.
        self._application_name, self._role_arn = self.application.ref, self.role.role_arn
        self._style = _Group.DeploymentStyleProperty(deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL")
        events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", *(["DEPLOYMENT_STOP_ON_ALARM"] if gradual else [])]
        self._rollback = _Group.AutoRollbackConfigurationProperty(enabled=True, events=events)

    def publish(self, function: lambda_.Function) -> lambda_.Alias:
        """The alias by which a function is called; each change of its code or settings is a version of its own.

        A version goes when the update that replaced it has succeeded: kept, the versions of all functions, 7 MB each, would
        fill the 75 GB that an account has for code in some 300 updates. Older code comes back by deploying its commit.
        """
        return lambda_.Alias(function, "Live", alias_name=defaults.ALIAS, version=function.current_version)

    def watch(self, alias: lambda_.Alias, *, name: str, alarms: Sequence[str]) -> codedeploy.CfnDeploymentGroup:
        """Let CodeDeploy move an alias, and move it back when one of the alarms rings meanwhile."""
        group = _Group(
            alias,
            "Takeover",
            application_name=self._application_name,
            deployment_group_name=name,
            service_role_arn=self._role_arn,
            deployment_config_name=defaults.GRADUALLY if self._gradual else defaults.AT_ONCE,
            deployment_style=self._style,
            auto_rollback_configuration=self._rollback,
            # Said either way: what an update leaves out stays as it was.
            alarm_configuration=_Group.AlarmConfigurationProperty(
                enabled=self._gradual, alarms=[_Group.AlarmProperty(name=alarm) for alarm in alarms]
            ),
        )
        resource = cast("lambda_.CfnAlias", alias.node.default_child)
        resource.cfn_options.update_policy = CfnUpdatePolicy(
            code_deploy_lambda_alias_update=CfnCodeDeployLambdaAliasUpdate(
                application_name=self._application_name, deployment_group_name=name
            )
        )
        # Before the alias moves, the group has to have learnt how.
        resource.add_resource_dependency(group)
        return group

    def _role(self, name_prefix: str) -> iam.Role:
        functions, found = functions_arn(self, name_prefix)
        actions = ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"]
        statements = [
            iam.PolicyStatement(sid="MoveAliases", actions=actions, resources=[functions]),
            iam.PolicyStatement(sid="WatchAlarms", actions=["cloudwatch:DescribeAlarms"], resources=["*"]),
        ]
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            inline_policies={"Takeover": iam.PolicyDocument(statements=statements)},
        )
        reasons = {
            found: "The functions of this stack and no others begin with this prefix, and each has one alias.",
            # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html
            "*": "As in AWS's own policy for CodeDeploy: whether it asks for alarms by name is not said; looking changes none.",
        }
        Validations.of(role).acknowledge(
            *(Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{what}]", reason=why) for what, why in reasons.items())
        )
        return role


def functions_arn(scope: Construct, name_prefix: str, *, alias: str | None = None) -> tuple[str, str]:
    """The ARN of all functions whose names begin so, or of their aliases; and how cdk-nag writes it."""
    stack, name = Stack.of(scope), f"{name_prefix}-*{f':{alias}' if alias else ''}"
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    arn = stack.format_arn(service="lambda", resource="function", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME)
    return arn, f"arn:<AWS::Partition>:lambda:{stack.region}:{account}:function:{name}"
