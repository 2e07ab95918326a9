"""What must never be lost: the table, and the keys that invitation tokens and the secrets of site agents are derived with."""

from __future__ import annotations

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs.portal_table import PortalTable
from stacks.config import Stage
from stacks.portal_stack import PortalStack


class DataStack(PortalStack):
    """The table, the token key and the agent key."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, stage=stage, component="data", description="BBWS portal: the table and its keys")
        self.table = PortalTable(
            self,
            "Portal",
            table_name=stage.prefix,
            removal_policy=stage.removal_policy,
            deletion_protection=stage.keep_data,
        )
        self.token_key = self._key("TokenKey", "Derives the tokens of invitation mails")
        self.agent_key = self._key("AgentKey", "Derives the secrets with which calls of site agents are signed")
        CfnOutput(self, "TableName", value=self.table.table.table_name)
        CfnOutput(self, "AgentKeyId", value=self.agent_key.key_arn)

    def derive_tokens(self) -> iam.PolicyStatement:
        """The permission to derive invitation tokens."""
        return iam.PolicyStatement(sid="Tokens", actions=["kms:GenerateMac"], resources=[self.token_key.key_arn])

    def derive_agent_secrets(self) -> iam.PolicyStatement:
        """The permission to derive the secrets of site agents."""
        return iam.PolicyStatement(sid="AgentSecrets", actions=["kms:GenerateMac"], resources=[self.agent_key.key_arn])

    def _key(self, id_: str, purpose: str) -> kms.Key:
        return kms.Key(
            self,
            id_,
            description=f"{purpose}; HMAC keys do not rotate",
            key_spec=kms.KeySpec.HMAC_256,
            key_usage=kms.KeyUsage.GENERATE_VERIFY_MAC,
            removal_policy=self.portal_stage.removal_policy,
        )
