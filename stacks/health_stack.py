"""What looks at sites without being asked: the refresher of the health of PROD."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.portal_function import PortalFunction
from constructs.portal_table import Read, Write
from stacks.config import Stage
from stacks.data_stack import DataStack
from stacks.hosting_stack import HostingStack
from stacks.portal_stack import PortalStack

TIMEOUT = Duration.seconds(50)
"""Below the minute between two rounds."""


class HealthStack(PortalStack):
    """The refresher."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        bundle: Path,
        data: DataStack,
        hosting: HostingStack | None,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, stage=stage, component="health", description="BBWS portal: what looks at sites by itself")
        self.refresher = PortalFunction(
            self,
            "Refresher",
            runtime=self.functions(bundle),
            name="refresher",
            handler="runtime.health.refresher.refresh",
            description="Looks, once a minute, at the sites of PROD whose last look is five minutes ago",
            statements=[
                *data.table.statements(
                    reads={Read.ITEM, Read.ITEMS, Read.GSI1}, writes={Write.PUT, Write.UPDATE, Write.DELETE}
                ),
                data.derive_agent_secrets(),
            ],
            environment={
                "TABLE_NAME": data.table.name,
                "AGENT_KEY_ID": data.agent_key.key_arn,
                **(hosting.gateway if hosting else {}),
            },
            network=hosting.network.of_functions if hosting else None,
            timeout=TIMEOUT,
        )
        self.every_minute(self.refresher, "Lets the refresher look at the sites that are due")
        if alarm_topic is not None:
            self.refresher.alarm_on_faults(alarm_topic, consequence="the health of PROD is not seen anew")
