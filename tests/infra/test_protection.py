"""What outlives a mistake: retention, deletion protection, termination protection, and logs long enough to look back."""

from __future__ import annotations

import pytest

from tests.infra.support import Synthesised

STATEFUL = {
    "AWS::ApiGatewayV2::Api",
    "AWS::Backup::BackupVault",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
}
"""What cannot be made again as it was: data, keys, accounts, logs, messages, and the id in the API's address."""

STATELESS = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::CertificateManager::Certificate",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::EIP",
    "AWS::EC2::FlowLog",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::EFS::AccessPoint",
    "AWS::EFS::MountTarget",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::OIDCProvider",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::S3::BucketPolicy",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolGroup",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
KEEPS_DATA = {"local": False, "dev": False, "sit": True, "prod": True}
LOG_DAYS = {"local": 30, "dev": 30, "sit": 30, "prod": 90}


def test_every_type_of_resource_is_known_to_hold_state_or_not(portal: Synthesised) -> None:
    unknown = {resource.type for resource in portal.resources()} - STATEFUL - STATELESS

    assert unknown == set(), "Decide whether these hold state and write them into STATEFUL or STATELESS."


def test_the_lists_hold_only_types_that_there_are(portals: dict[str, Synthesised]) -> None:
    there = {resource.type for portal in portals.values() for resource in portal.resources()}

    assert (STATEFUL | STATELESS) - there == set()


def test_stateful_resources_outlive_their_stack_where_data_is_kept(portal: Synthesised) -> None:
    expected = "Retain" if KEEPS_DATA[portal.stage.name] else "Delete"
    policies = {
        str(resource): (resource.body.get("DeletionPolicy", "Delete"), resource.body.get("UpdateReplacePolicy", "Delete"))
        for resource in portal.resources()
        if resource.type in STATEFUL
    }

    assert policies == dict.fromkeys(policies, (expected, expected))


def test_the_table_and_the_pool_refuse_to_be_deleted_where_data_is_kept(portal: Synthesised) -> None:
    table = portal.resource("AWS::DynamoDB::Table").properties["DeletionProtectionEnabled"]
    pool = portal.resource("AWS::Cognito::UserPool").properties["DeletionProtection"]

    assert (table, pool) == ((True, "ACTIVE") if KEEPS_DATA[portal.stage.name] else (False, "INACTIVE"))


def test_load_balancers_whose_names_sites_are_reached_by_refuse_to_be_deleted_where_data_is_kept(
    cloud_portal: Synthesised,
) -> None:
    balancers = cloud_portal.resources("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = [{each["Key"]: each["Value"] for each in b.properties["LoadBalancerAttributes"]} for b in balancers]
    expected = "true" if KEEPS_DATA[cloud_portal.stage.name] else "false"

    assert [found["deletion_protection.enabled"] for found in attributes] == [expected] * 2


def test_every_stack_of_prod_and_no_other_is_protected_from_termination(portal: Synthesised) -> None:
    protected = {name: artifact.termination_protection for name, artifact in portal.artifacts.items()}

    assert protected == dict.fromkeys(portal.templates, portal.stage.name == "prod")


def test_logs_are_kept_for_90_days_in_prod_and_for_30_elsewhere(portal: Synthesised) -> None:
    days = {str(group): group.properties["RetentionInDays"] for group in portal.resources("AWS::Logs::LogGroup")}

    assert days == dict.fromkeys(days, LOG_DAYS[portal.stage.name])


def test_no_function_leaves_its_log_to_lambda_which_would_keep_it_for_ever(portal: Synthesised) -> None:
    groups = {(group.stack, group.id) for group in portal.resources("AWS::Logs::LogGroup")}
    own = {(f.stack, f.properties["LoggingConfig"]["LogGroup"]["Ref"]) for f in portal.resources("AWS::Lambda::Function")}

    assert own <= groups
    assert len(own) == len(portal.resources("AWS::Lambda::Function"))


def test_every_alarm_has_the_stage_s_topic_as_its_action(cloud_portal: Synthesised) -> None:
    topics = [
        output["Export"]["Name"]
        for output in cloud_portal.templates["alarms"]["Outputs"].values()
        if output["Value"] == {"Ref": cloud_portal.resource("AWS::SNS::Topic").id}
    ]
    actions = {str(a): a.properties.get("AlarmActions") for a in cloud_portal.resources("AWS::CloudWatch::Alarm")}

    assert {
        alarm: action for alarm, action in actions.items() if action != [{"Fn::ImportValue": name} for name in topics]
    } == {}


@pytest.mark.parametrize("component", ["api", "health", "operations", "outbox"])
def test_stacks_with_functions_have_alarms(component: str, cloud_portal: Synthesised) -> None:
    functions = cloud_portal.resources("AWS::Lambda::Function", component=component)

    assert len(cloud_portal.resources("AWS::CloudWatch::Alarm", component=component)) >= len(functions)


def test_alarms_may_publish_to_the_topic_and_people_hear_of_it(cloud_portal: Synthesised) -> None:
    (policy,) = cloud_portal.resources("AWS::SNS::TopicPolicy")
    statements = policy.properties["PolicyDocument"]["Statement"]
    publishers = [s["Principal"]["Service"] for s in statements if s["Effect"] == "Allow" and s["Action"] == "sns:Publish"]

    assert publishers == ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    assert [s.properties["Protocol"] for s in cloud_portal.resources("AWS::SNS::Subscription")] == ["email"]


def test_the_local_stage_has_no_alarms_because_nothing_evaluates_them(portals: dict[str, Synthesised]) -> None:
    assert portals["local"].resources("AWS::CloudWatch::Alarm") == []
