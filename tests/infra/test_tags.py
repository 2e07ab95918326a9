"""Whoever pays, owns or looks for something finds it by the same six tags."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

from tests.infra.support import Resource, Synthesised

NOT_TAGGABLE = {
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Backup::BackupSelection",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EFS::MountTarget",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::S3::BucketPolicy",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolGroup",
    "AWS::Lambda::Permission",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
"""What AWS or the CDK takes no tags on; everything else must carry them."""

OTHER_NAMES = ("UserPoolTags", "FileSystemTags", "AccessPointTags", "BackupPlanTags", "BackupVaultTags")


def wanted(portal: Synthesised, component: str) -> dict[str, str]:
    return {
        "Environment": portal.stage.name,
        "Project": "bbws-customer-portal",
        "Owner": portal.stage.owner,
        "CostCenter": portal.stage.cost_center,
        "ManagedBy": "cdk",
        "Component": component,
    }


def tags_of(resource: Resource) -> dict[str, str]:
    """Our tags: CloudFormation writes them as a list or as a mapping, and here and there under another name."""
    name = next((name for name in OTHER_NAMES if name in resource.properties), "Tags")
    tags: Any = resource.properties.get(name, {})
    found = dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
    return {key: value for key, value in found.items() if key != "Name" and not key.startswith("aws-cdk:")}


def test_everything_taggable_carries_the_six_tags(portal: Synthesised) -> None:
    wrong = {
        str(resource): tags_of(resource)
        for resource in portal.resources()
        if resource.type not in NOT_TAGGABLE and tags_of(resource) != wanted(portal, resource.stack)
    }

    assert wrong == {}


def test_every_stack_carries_the_six_tags(portal: Synthesised) -> None:
    assert {name: artifact.tags for name, artifact in portal.artifacts.items()} == {
        name: wanted(portal, name) for name in portal.templates
    }


def test_what_is_called_not_taggable_is_not_taggable_by_the_cdk_either(prod: Synthesised) -> None:
    taggable = {
        construct.cfn_resource_type
        for stack in prod.portal.stacks
        for construct in stack.node.find_all()
        if isinstance(construct, cdk.CfnResource) and cdk.TagManager.of(construct) is not None
    }

    assert taggable & NOT_TAGGABLE == set()


def test_the_list_of_what_is_not_taggable_holds_only_what_there_is(prod: Synthesised) -> None:
    assert NOT_TAGGABLE - {resource.type for resource in prod.resources()} == set()
