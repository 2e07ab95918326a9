"""What must never be lost: the table, and the key that invitation tokens are derived with."""

from __future__ import annotations

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs.portal_table import PortalTable
from stacks.config import Stage
from stacks.portal_stack import PortalStack


class DataStack(PortalStack):
    """The table and the token key."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, stage=stage, component="data", description="BBWS portal: the table and the token key")
        self.table = PortalTable(
            self,
            "Portal",
            table_name=stage.prefix,
            removal_policy=stage.removal_policy,
            deletion_protection=stage.keep_data,
        )
        self.token_key = kms.Key(
            self,
            "TokenKey",
            description="Derives the tokens of invitation mails; HMAC keys do not rotate",
            key_spec=kms.KeySpec.HMAC_256,
            key_usage=kms.KeyUsage.GENERATE_VERIFY_MAC,
            removal_policy=stage.removal_policy,
        )
        CfnOutput(self, "TableName", value=self.table.table.table_name)

    def derive_tokens(self) -> iam.PolicyStatement:
        """The permission to derive invitation tokens."""
        return iam.PolicyStatement(sid="Tokens", actions=["kms:GenerateMac"], resources=[self.token_key.key_arn])
