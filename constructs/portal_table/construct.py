"""PortalTable: the table with its two indexes, and access by declared verbs."""

from __future__ import annotations

from collections.abc import Set
from enum import Enum

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs.portal_table import defaults


class Read(Enum):
    """A way of reading, with the action it takes and the index it goes to; GetItem is not Query."""

    ITEM = ("dynamodb:GetItem", "")
    ITEMS = ("dynamodb:BatchGetItem", "")
    QUERY = ("dynamodb:Query", "")
    GSI1 = ("dynamodb:Query", "GSI1")
    GSI2 = ("dynamodb:Query", "GSI2")


class Write(Enum):
    """A way of writing, alone or in a transaction: TransactWriteItems is allowed by the verbs of its parts.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """

    PUT = "dynamodb:PutItem"
    UPDATE = "dynamodb:UpdateItem"
    DELETE = "dynamodb:DeleteItem"
    CHECK = "dynamodb:ConditionCheckItem"


class PortalTable(Construct):
    """The one table. Exposes ``table``; ``statements`` gives what a function's role needs for its reads and writes."""

    def __init__(
        self, scope: Construct, id_: str, *, table_name: str, removal_policy: RemovalPolicy, deletion_protection: bool
    ) -> None:
        super().__init__(scope, id_)
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=table_name,
            partition_key=_text("PK"),
            sort_key=_text("SK"),
            billing_mode=defaults.BILLING,
            encryption=defaults.ENCRYPTION,
            stream=defaults.STREAM,
            time_to_live_attribute=defaults.TTL_ATTRIBUTE,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=defaults.RECOVERY_DAYS
            ),
            removal_policy=removal_policy,
            deletion_protection=deletion_protection,
        )
        for index in defaults.INDEXES:
            self.table.add_global_secondary_index(
                index_name=index, partition_key=_text(f"{index}PK"), sort_key=_text(f"{index}SK")
            )

        # Each attribute is a question to the CDK's own process, so what every endpoint needs is asked for once.
        self.arn, self.name = self.table.table_arn, self.table.table_name

    def statements(self, *, reads: Set[Read], writes: Set[Write]) -> list[iam.PolicyStatement]:
        """The permissions for exactly these reads and writes, grouped by what they go to."""
        actions: dict[str, set[str]] = {}
        for read in reads:
            action, index = read.value
            actions.setdefault(index, set()).add(action)
        if writes:
            actions.setdefault("", set()).update(write.value for write in writes)
        return [
            iam.PolicyStatement(
                sid=index or "Table",
                actions=sorted(granted),
                resources=[f"{self.arn}/index/{index}" if index else self.arn],
            )
            for index, granted in sorted(actions.items())
        ]


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
