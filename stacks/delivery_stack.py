"""Who may deploy a stage from GitHub, with no key for anybody to keep: roles that its workflows take on, and the images.

The provider vouches for workflows of GitHub; a role says of which repository, and of which of its environments, whose
reviewers and branches GitHub itself enforces.
"""

from __future__ import annotations

import re

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.config import Stage
from stacks.portal_stack import PortalStack

GITHUB = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
REPOSITORY = re.compile(r"[\w.-]+(@\d+)?/[\w.-]+(@\d+)?")
"""A repository that is younger than July 2026 has its ids in its tokens: ``owner@123/name@456``.

https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
"""

QUALIFIER = "hnb659fds"
"""The CDK's own, by which an account is bootstrapped unless told otherwise."""

KEPT_IMAGES = 50
"""As far back as one can go: a task's definition names its image by digest, and one that is gone cannot start."""

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
PUSH = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
]


class DeliveryStack(PortalStack):
    """The provider, the role that deploys, the role that looks for drift, and the repository of the WordPress image."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        if not (stage.repository and REPOSITORY.fullmatch(stage.repository)):
            raise ValueError(f"{stage.repository!r} is no GitHub repository: write owner/name, or owner@id/name@id.")
        super().__init__(scope, stage=stage, component="delivery", description="BBWS portal: who may deploy from GitHub")
        self.images = self._images()
        self._provider = (
            stage.oidc_provider_arn
            or iam.CfnOIDCProvider(
                self,
                "GitHub",
                # Without a thumbprint: IAM knows the authorities that vouch for GitHub.
                # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
                url=f"https://{GITHUB}",
                client_id_list=[AUDIENCE],
            ).ref
        )
        self.deployer = self._role(
            "Deployer",
            name="deploy",
            environment=stage.name,
            statements=[
                _take_on("CdkRoles", self._cdk_roles("deploy", "file-publishing", "image-publishing", "lookup")),
                iam.PolicyStatement(sid="PushImage", actions=PUSH, resources=[self.images.repository_arn]),
                iam.PolicyStatement(sid="ImageToken", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            ],
        )
        reason = "The token is one for all repositories of the account; what can be pushed with it is said beside it."
        Validations.of(self.deployer).acknowledge(Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason=reason))
        # Apart from the deployer, whose environment may wait for people: nobody has to approve of a look.
        self.observer = self._role(
            "Observer",
            name="drift",
            environment=f"{stage.name}-drift",
            statements=[_take_on("CdkLookupRole", self._cdk_roles("lookup"))],
        )

    def _images(self) -> ecr.Repository:
        stage = self.portal_stage
        return ecr.Repository(
            self,
            "Images",
            repository_name=f"{stage.prefix}-wordpress",
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            encryption=ecr.RepositoryEncryption.KMS,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    rule_priority=1,
                    description="What no tag names was never deployed",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=Duration.days(7),
                ),
                ecr.LifecycleRule(rule_priority=2, description="The newest", max_image_count=KEPT_IMAGES),
            ],
            removal_policy=stage.removal_policy,
            empty_on_delete=not stage.keep_data,
        )

    def _cdk_roles(self, *purposes: str) -> list[str]:
        """The ARNs of roles that bootstrapping made, in the regions that the stage has stacks in."""
        stage, account = self.portal_stage, self.account
        regions = filter(None, (stage.region, stage.recovery_region))
        role = f"arn:{self.partition}:iam::{account}:role/cdk-{QUALIFIER}"
        return [f"{role}-{purpose}-role-{account}-{region}" for region in regions for purpose in purposes]

    def _role(self, id_: str, *, name: str, environment: str, statements: list[iam.PolicyStatement]) -> iam.Role:
        """A role that jobs of one environment of the repository take on for at most an hour."""
        stage = self.portal_stage
        subject = f"repo:{stage.repository}:environment:{environment}"
        conditions = {"StringEquals": {f"{GITHUB}:aud": AUDIENCE, f"{GITHUB}:sub": subject}}
        return iam.Role(
            self,
            id_,
            role_name=f"{stage.prefix}-{name}",
            description=f"Taken on by workflows of {stage.repository} in its environment {environment}",
            assumed_by=iam.WebIdentityPrincipal(self._provider, conditions),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            max_session_duration=Duration.hours(1),
            inline_policies={"Permissions": iam.PolicyDocument(statements=statements)},
        )


def _take_on(sid: str, roles: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=["sts:AssumeRole"], resources=roles)
