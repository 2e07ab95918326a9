"""Every type of resource in the templates: under which line it costs, or why it costs nothing.

A type that is in neither has been forgotten, and a test says so.
"""

from __future__ import annotations

from collections.abc import Mapping

COSTED: Mapping[str, str] = {
    "AWS::ApiGatewayV2::Api": "API (API Gateway)",
    "AWS::ApiGatewayV2::Route": "Metrics (CloudWatch)",
    "AWS::ApiGatewayV2::Stage": "Metrics (CloudWatch)",
    "AWS::Backup::BackupPlan": "Nightly backups (AWS Backup)",
    "AWS::CloudWatch::Alarm": "Alarms, dashboard, traces",
    "AWS::CloudWatch::Dashboard": "Alarms, dashboard, traces",
    "AWS::Cognito::UserPool": "Identity (Cognito)",
    "AWS::DynamoDB::Table": "Table (DynamoDB)",
    "AWS::EC2::EIP": "Public addresses",
    "AWS::EC2::FlowLog": "Logs (CloudWatch)",
    "AWS::EC2::NatGateway": "NAT gateways",
    "AWS::EC2::VPCEndpoint": "Interface endpoints",
    "AWS::ECR::Repository": "Images and access logs (ECR, S3)",
    "AWS::ECS::Cluster": "Metrics (CloudWatch)",
    "AWS::ECS::Service": "Serving tasks (Fargate)",
    "AWS::ECS::TaskDefinition": "Maintenance tasks (Fargate)",
    "AWS::EFS::FileSystem": "Files of sites (EFS)",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Load balancers",
    "AWS::Events::EventBus": "Mail and events (SES, SNS, EventBridge)",
    "AWS::KMS::Key": "Keys and secrets (KMS, Secrets Manager)",
    "AWS::Lambda::EventSourceMapping": "Queues (SQS)",
    "AWS::Lambda::Function": "Functions (Lambda)",
    "AWS::Logs::LogGroup": "Logs (CloudWatch)",
    "AWS::RDS::DBInstance": "Databases (RDS)",
    "AWS::S3::Bucket": "Images and access logs (ECR, S3)",
    "AWS::SES::EmailIdentity": "Mail and events (SES, SNS, EventBridge)",
    "AWS::SNS::Topic": "Mail and events (SES, SNS, EventBridge)",
    "AWS::SQS::Queue": "Queues (SQS)",
}
"""The types that cost, by the resource of the bill they are in."""

FREE: Mapping[str, str] = {
    "AWS::ApiGatewayV2::Authorizer": "the gateway checks tokens itself, in the price of a call",
    "AWS::ApiGatewayV2::Integration": "part of a route",
    "AWS::ApplicationAutoScaling::ScalableTarget": "free; what it starts is billed as tasks, and its two alarms are AWS's",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "free",
    "AWS::Backup::BackupSelection": "part of a plan",
    "AWS::Backup::BackupVault": "what is in it is billed",
    "AWS::CertificateManager::Certificate": "public certificates for AWS's services are free",
    "AWS::CodeDeploy::Application": "free for Lambda",
    "AWS::CodeDeploy::DeploymentGroup": "free for Lambda",
    "AWS::Cognito::UserPoolClient": "part of the pool",
    "AWS::Cognito::UserPoolGroup": "part of the pool",
    "AWS::EC2::InternetGateway": "free; what leaves by it is billed as traffic",
    "AWS::EC2::Route": "free",
    "AWS::EC2::RouteTable": "free",
    "AWS::EC2::SecurityGroup": "free",
    "AWS::EC2::SecurityGroupEgress": "free",
    "AWS::EC2::SecurityGroupIngress": "free",
    "AWS::EC2::Subnet": "free",
    "AWS::EC2::SubnetRouteTableAssociation": "free",
    "AWS::EC2::VPC": "free",
    "AWS::EC2::VPCGatewayAttachment": "free",
    "AWS::EFS::AccessPoint": "free",
    "AWS::EFS::MountTarget": "free; each zone's tasks use their own, so that nothing crosses zones",
    "AWS::ElasticLoadBalancingV2::Listener": "part of a load balancer",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "part of a load balancer; the first ten are free",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "part of a load balancer",
    "AWS::Events::Rule": "schedules and AWS's own events are free",
    "AWS::IAM::OIDCProvider": "free",
    "AWS::IAM::Role": "free",
    "AWS::Lambda::Alias": "free",
    "AWS::Lambda::Permission": "free",
    "AWS::Lambda::Version": "free; its code counts towards the storage of functions",
    "AWS::RDS::DBParameterGroup": "free",
    "AWS::RDS::DBSubnetGroup": "free",
    "AWS::Route53::RecordSet": "aliases of load balancers are free, and so are their queries",
    "AWS::S3::BucketPolicy": "free",
    "AWS::SNS::Subscription": "part of the topic; mails are billed",
    "AWS::SNS::TopicPolicy": "free",
    "AWS::SQS::QueuePolicy": "free",
}
"""The types that cost nothing by being there, each with a word on why."""
