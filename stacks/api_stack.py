"""The API's table of contents: one HateoasEndpoint for each route."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.hateoas_endpoint import HateoasApi, HateoasEndpoint
from constructs.portal_table import Read, Write
from runtime.invitations import routes as invitations
from runtime.operations import routes as operations
from runtime.portal import routes as portal
from runtime.sites import routes as sites
from stacks.config import Stage
from stacks.data_stack import DataStack
from stacks.identity_stack import IdentityStack
from stacks.portal_stack import PortalStack

ONCE = {Read.ITEM, Read.ITEMS}
"""What every POST reads: the rows it decides upon, and along with them its idempotency record."""


ACCEPT = {Write.PUT, Write.UPDATE, Write.CHECK}
"""What accepting a change on a site writes: site, operation and outbox entry, the counts, and that the tenant is active."""

LONG_POLL_MS = 21_000
"""The latency that alarms where a caller may ask to be kept waiting for 20 seconds."""


class ApiStack(PortalStack):
    """The HTTP API and its endpoints."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        bundle: Path,
        data: DataStack,
        identity: IdentityStack,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, stage=stage, component="api", description="BBWS portal: the hypermedia API")
        table, tokens, key = data.table, [data.derive_tokens()], {"TOKEN_KEY_ID": data.token_key.key_arn}
        origin = {"SITE_ORIGIN": stage.site_origin} if stage.site_origin else {}
        per_minute = {"INVITATIONS_PER_MINUTE": str(stage.invitations_per_minute)}
        api = HateoasApi(
            self,
            "Api",
            name=stage.prefix,
            issuer=identity.issuer,
            origins=stage.origins,
            runtime=self.functions(bundle),
            alarm_topic=alarm_topic,
        )
        # --- the entry point, and what there is not
        HateoasEndpoint(self, "GetEntry", api=api, route=portal.ENTRY, table=table, reads={Read.ITEM, Read.ITEMS, Read.GSI2})
        HateoasEndpoint(self, "Unknown", api=api, route=portal.UNKNOWN)
        # --- invitations
        HateoasEndpoint(
            self, "ListInvitations", api=api, route=invitations.LIST, table=table, reads={Read.ITEM, Read.QUERY, Read.GSI2}
        )
        HateoasEndpoint(
            self,
            "CreateInvitation",
            api=api,
            route=invitations.CREATE,
            table=table,
            reads=ONCE,
            writes={Write.PUT, Write.UPDATE, Write.CHECK},
            statements=tokens,
            environment={**key, **per_minute},
        )
        HateoasEndpoint(self, "GetInvitation", api=api, route=invitations.GET, table=table, reads={Read.ITEMS})
        HateoasEndpoint(
            self,
            "CancelInvitation",
            api=api,
            route=invitations.CANCEL,
            table=table,
            reads={Read.ITEMS},
            writes={Write.PUT, Write.DELETE},
        )
        HateoasEndpoint(
            self,
            "ResendInvitation",
            api=api,
            route=invitations.RESEND,
            table=table,
            reads=ONCE,
            writes={Write.PUT, Write.UPDATE, Write.DELETE, Write.CHECK},
            statements=tokens,
            environment=key,
        )
        HateoasEndpoint(
            self,
            "AcceptInvitation",
            api=api,
            route=invitations.ACCEPT,
            table=table,
            reads=ONCE,
            writes={Write.PUT, Write.DELETE, Write.CHECK},
        )
        HateoasEndpoint(
            self,
            "DeclineInvitation",
            api=api,
            route=invitations.DECLINE,
            table=table,
            reads=ONCE,
            writes={Write.PUT, Write.DELETE, Write.CHECK},
        )
        # --- sites: a change is accepted here and carried out by the consumers
        HateoasEndpoint(
            self, "ListSites", api=api, route=sites.LIST, table=table, reads={Read.ITEM, Read.QUERY, Read.GSI1, Read.GSI2}
        )
        HateoasEndpoint(
            self, "CreateSite", api=api, route=sites.CREATE, table=table, environment=origin, reads=ONCE, writes=ACCEPT
        )
        HateoasEndpoint(self, "GetSite", api=api, route=sites.GET, table=table, reads={Read.ITEMS})
        HateoasEndpoint(self, "UpdateSite", api=api, route=sites.UPDATE, table=table, reads=ONCE, writes=ACCEPT)
        HateoasEndpoint(self, "DeleteSite", api=api, route=sites.DELETE, table=table, reads=ONCE, writes=ACCEPT)
        HateoasEndpoint(self, "RestoreSite", api=api, route=sites.RESTORE, table=table, reads=ONCE, writes=ACCEPT)
        # --- operations
        reading = {Read.ITEM, Read.ITEMS}
        HateoasEndpoint(
            self, "ListOperations", api=api, route=operations.LIST, table=table, reads={*reading, Read.GSI1, Read.GSI2}
        )
        HateoasEndpoint(
            self,
            "GetOperation",
            api=api,
            route=operations.GET,
            table=table,
            reads=reading,
            timeout=Duration.seconds(25),
            latency_ms=LONG_POLL_MS,
        )
        HateoasEndpoint(self, "CancelOperation", api=api, route=operations.CANCEL, table=table, reads=ONCE, writes=ACCEPT)
        HateoasEndpoint(self, "RetryOperation", api=api, route=operations.RETRY, table=table, reads=ONCE, writes=ACCEPT)
        self.api = api
        CfnOutput(self, "ApiId", value=api.api.ref)
        CfnOutput(self, "ApiUrl", value=api.api.attr_api_endpoint)
