"""Why the product is allowed what it is: one sentence for each kind of statement, and for what the CDK and AWS add.

A statement is known by its sid, here as in the stacks. docs/permissions.md shows the sentence beside every statement that it
is about, and a test wants one for each and none for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WHY: Mapping[str, str] = {
    "AgentSecrets": "Derives a site's secret, with which calls of its agent are signed; the key itself cannot be read.",
    "AllowPublishThroughSSLOnly": "Nothing is published over a connection that others could read.",
    "CdkLookupRole": "Compares what runs with what was deployed, by the CDK's role that looks things up and changes nothing.",
    "CdkRoles": "Deploys by the CDK's own roles, which bootstrapping made in the regions of this stage.",
    "Claims": "Writes the tenants and roles of somebody who accepted an invitation, so that their tokens carry them.",
    "DatabaseSecret": "Signs in to the database server, to make and remove databases and their users.",
    "DatabaseSecretKey": "Decrypts the server's password, which is encrypted with this key, by way of Secrets Manager only.",
    "DeadLetters": "Gives a message up whose operation cannot succeed, with the reason, before it is received too often.",
    "Events": "Tells the bus how an operation ended.",
    "FollowTasks": "Sees whether a maintenance task has ended, and how, and stops one that never ends.",
    "Functions": "The gateway calls the API's functions with it.",
    "GSI1": "Pages through sites of an environment and operations by a filter, and finds what is due by when it is.",
    "GSI2": "Pages through sites, invitations and operations by status or filter, and through all tenants.",
    "ImageToken": "Signs in to the registry of images.",
    "Mail": "Sends invitations, from the one address that they come from.",
    "MountFolders": "Writes the files of sites, and their backups.",
    "MountInside": "Tasks that serve sites mount the files without a role, so that nothing on a site can act in its name.",
    "MoveAliases": "Leads calls from a function's old code to the new, a part at a time, and back when that fails.",
    "NetworkInterfaces": "Lambda puts the function into the network, by interfaces that it makes with the function's role.",
    "NobodyDeletes": "Nobody deletes a backup or lets it end sooner: who has to changes this policy first.",
    "NotByCode": "What Lambda needs for the network, the function's own code is denied.",
    "OnlyEncrypted": "No file goes over a connection that others could read.",
    "OwnLog": "Writes its own log and can read none.",
    "OwnResources": "Functions in the network reach this service by it, and with it no other account's resources.",
    "PortalTable": "Functions in the network reach the table by it, and no other table.",
    "PullImage": "Fetches the image that tasks start from.",
    "PushImage": "Puts the image that was built into the stage's repository.",
    "Queue": "Works its queue off, and sends a message on as a delayed copy while a job runs elsewhere.",
    "Queues": "Starts the operations that were committed.",
    "StartTasks": "Starts a maintenance task for what takes long: installs, copies, backups.",
    "Stream": "Hears of outbox entries as they are committed.",
    "Table": "Reads and writes rows, by exactly the verbs that its line in the stack declares; none of them scans.",
    "TaskRoles": "A task starts and runs with roles of its own, and these are all that whoever starts it may hand over.",
    "Tokens": "Derives the token of an invitation's link, of which the table holds the hash only.",
    "Traces": "Sends traces, so that a slow request shows where its time went.",
    "WatchAlarms": "Sees that an alarm rings while new code takes over, and then gives the calls back to the old.",
    "WriteLog": "Writes down the connections that the network refused.",
}
"""Why a statement with this sid is there."""


@dataclass(frozen=True, kw_only=True)
class Unnamed:
    """A statement that the CDK writes without a sid, known by what it is part of and what it says."""

    type: str
    effect: str = "Allow"
    actions: tuple[str, ...]
    principals: tuple[str, ...]


def _taken_on_by(service: str) -> Unnamed:
    return Unnamed(type="AWS::IAM::Role", actions=("sts:AssumeRole",), principals=(f"{service}.amazonaws.com",))


_BUCKET, _LOG_DELIVERY = "AWS::S3::BucketPolicy", ("delivery.logs.amazonaws.com",)

UNNAMED: Mapping[Unnamed, str] = {
    _taken_on_by("apigateway"): "The gateway takes it on to call the API's functions.",
    _taken_on_by("backup"): "AWS Backup takes it on for its jobs.",
    _taken_on_by("codedeploy"): "CodeDeploy takes it on while new code takes over.",
    _taken_on_by("ecs-tasks"): "ECS starts a task with one role and gives the task the other, for tasks of this account only.",
    _taken_on_by("lambda"): "Lambda runs the function with it.",
    _taken_on_by("vpc-flow-logs"): "The network's own log is written with it.",
    Unnamed(
        type="AWS::EC2::VPCEndpoint", actions=("*",), principals=("*",)
    ): "Images come by it from buckets of AWS, and plugins fetch from whatever bucket their sites' owners have.",
    Unnamed(
        type="AWS::IAM::Role", actions=("sts:AssumeRoleWithWebIdentity",), principals=("oidc provider GitHub",)
    ): "A workflow of this one repository takes it on, in this one environment, whose branches and reviewers GitHub enforces.",
    Unnamed(
        type="AWS::KMS::Key", actions=("kms:*",), principals=("this account",)
    ): "Without it nobody could manage the key any more; it lets roles be allowed the key and allows it to none by itself.",
    Unnamed(
        type="AWS::Lambda::Permission", actions=("lambda:InvokeFunction",), principals=("events.amazonaws.com",)
    ): "The stage's own rule runs the function once a minute, and no other rule can.",
    Unnamed(type=_BUCKET, effect="Deny", actions=("s3:*",), principals=("*",)): (
        "Nothing is read or written over a connection that others could read."
    ),
    Unnamed(type=_BUCKET, actions=("s3:PutObject",), principals=("account 156460612806",)): (
        "AWS's account of load balancers in eu-west-1 writes their access logs."
    ),
    Unnamed(type=_BUCKET, actions=("s3:PutObject",), principals=_LOG_DELIVERY): (
        "AWS's delivery of logs writes those of load balancers, and leaves them to the bucket's owner."
    ),
    Unnamed(type=_BUCKET, actions=("s3:GetBucketAcl",), principals=_LOG_DELIVERY): (
        "AWS's delivery of logs sees before it writes that the bucket takes them."
    ),
    Unnamed(
        type="AWS::SNS::TopicPolicy", actions=("sns:Publish",), principals=("cloudwatch.amazonaws.com",)
    ): "Alarms tell the topic.",
    Unnamed(
        type="AWS::SNS::TopicPolicy", actions=("sns:Publish",), principals=("events.amazonaws.com",)
    ): "A rule tells the topic of backups that were not made.",
    Unnamed(
        type="AWS::SQS::QueuePolicy", effect="Deny", actions=("sqs:*",), principals=("*",)
    ): "Nothing is sent or received over a connection that others could read.",
}
"""Why a statement of the CDK's own, or one that AWS reads into a policy that is not written, is there."""

ANY_RESOURCE: Mapping[str, str] = {
    "ImageToken": "The token is one for all repositories of the account, and takes no resource.",
    "NetworkInterfaces": "Lambda makes the interfaces before anything could name them.",
    "Traces": "X-Ray's two actions take no resource.",
    "WatchAlarms": "AWS's own policy for CodeDeploy has it so, and nothing is changed by a look.",
}
"""Why a statement with this sid is about every resource; said here too, because a role accepts that once for all it has."""

WIDE_RESOURCES: Mapping[str, str] = {
    "AWS::EC2::VPCEndpoint": "An endpoint allows nothing by itself: whoever passes has a role that allows what it asks for.",
    "AWS::EFS::FileSystem": "In a file system's policy `*` is the file system that the policy belongs to.",
    "AWS::KMS::Key": "In a key's policy `*` is the key that the policy belongs to.",
    _BUCKET: "In a bucket's policy `/*` are objects of the bucket that the policy belongs to.",
}
"""The types of resources in whose own policies a ``*`` as a resource reaches no further than it should."""

WIDE_ACTIONS: Mapping[str, str] = {
    "AWS::EC2::VPCEndpoint": "Which actions are needed stands in the roles of those who pass, and in one place only.",
    "AWS::KMS::Key": "It is AWS's default: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.",
}
"""The types of resources whose own policies may allow actions that are not named one by one."""

WIDE_PRINCIPALS: Mapping[str, str] = {
    "AWS::EC2::VPCEndpoint": "Only what is in the network reaches an endpoint.",
}
"""The types of resources whose own policies may allow something to everybody without a condition."""

MANAGED: Mapping[str, str] = {
    "service-role/AWSBackupServiceRolePolicyForBackup": (
        "Backs up the table, the sites' files and their databases; AWS keeps it in step with what its jobs call."
    ),
    "service-role/AWSBackupServiceRolePolicyForRestores": (
        "Puts back what was backed up, when somebody starts that; AWS keeps it in step with what its jobs call."
    ),
}
"""Why a role has a policy that AWS keeps."""
