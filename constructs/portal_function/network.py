"""Where in a network a function runs, and what that takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

INTERFACE_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda needs to keep a function's network interfaces.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
"""


@dataclass(frozen=True, kw_only=True)
class Network:
    """The subnets and the security group of functions, and the variables by which they find AWS's services from there."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    security_group: ec2.ISecurityGroup
    environment: Mapping[str, str] = field(default_factory=dict)


def interface_statements(function_arn: str) -> list[iam.PolicyStatement]:
    """Lambda may keep network interfaces with a function's role; the function's own code may not.

    Lambda names the function, without a version, in the calls that come from its code, and in none of those by which it keeps
    interfaces: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    return [
        iam.PolicyStatement(sid="NetworkInterfaces", actions=list(INTERFACE_ACTIONS), resources=["*"]),
        iam.PolicyStatement(
            sid="NotByCode",
            effect=iam.Effect.DENY,
            actions=list(INTERFACE_ACTIONS),
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        ),
    ]
