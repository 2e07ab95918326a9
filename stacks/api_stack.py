"""The API's table of contents: one HateoasEndpoint for each route."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.hateoas_endpoint import HateoasApi, HateoasEndpoint
from constructs.portal_table import Read, Write
from runtime.health import routes as health
from runtime.invitations import routes as invitations
from runtime.operations import routes as operations
from runtime.plugins import routes as plugins
from runtime.portal import routes as portal
from runtime.sites import routes as sites
from stacks.config import Stage
from stacks.data_stack import DataStack
from stacks.hosting_stack import HostingStack
from stacks.identity_stack import IdentityStack
from stacks.portal_stack import PortalStack

ONCE = {Read.ITEM, Read.ITEMS}
"""What every POST reads: the rows it decides upon, and along with them its idempotency record."""


ACCEPT = {Write.PUT, Write.UPDATE, Write.CHECK}
"""What accepting a change on a site writes: site, operation and outbox entry, the counts, and that the tenant is active."""

LONG_POLL_MS = 21_000
"""The latency that alarms where a caller may ask to be kept waiting for 20 seconds."""

WORDPRESS_MS = 3_000
"""The latency that alarms where WordPress is called."""

ASKED = Duration.seconds(15)
"""Longer than a call of a site, so that one that takes too long is told as such."""

SEEN_THROUGH = Duration.seconds(29)
"""What an activation takes that is looked at before and after, and undone; the gateway waits no longer than 30 seconds."""


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
        hosting: HostingStack | None,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, stage=stage, component="api", description="BBWS portal: the hypermedia API")
        table, tokens, key = data.table, [data.derive_tokens()], {"TOKEN_KEY_ID": data.token_key.key_arn}
        origin = {"SITE_ORIGIN": stage.site_origin} if stage.site_origin else {}
        per_minute = {"INVITATIONS_PER_MINUTE": str(stage.invitations_per_minute)}
        wordpress = {"AGENT_KEY_ID": data.agent_key.key_arn, **(hosting.gateway if hosting else {})}
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
            self,
            "ListSites",
            api=api,
            route=sites.LIST,
            table=table,
            reads={Read.ITEM, Read.ITEMS, Read.QUERY, Read.GSI1, Read.GSI2},
        )
        HateoasEndpoint(
            self, "CreateSite", api=api, route=sites.CREATE, table=table, environment=origin, reads=ONCE, writes=ACCEPT
        )
        HateoasEndpoint(self, "GetSite", api=api, route=sites.GET, table=table, reads={Read.ITEM, Read.ITEMS})
        HateoasEndpoint(self, "UpdateSite", api=api, route=sites.UPDATE, table=table, reads=ONCE, writes=ACCEPT)
        HateoasEndpoint(self, "DeleteSite", api=api, route=sites.DELETE, table=table, reads=ONCE, writes=ACCEPT)
        HateoasEndpoint(self, "RestoreSite", api=api, route=sites.RESTORE, table=table, reads=ONCE, writes=ACCEPT)
        HateoasEndpoint(
            self, "CloneSite", api=api, route=sites.CLONE, table=table, environment=origin, reads=ONCE, writes=ACCEPT
        )
        HateoasEndpoint(
            self, "PromoteSite", api=api, route=sites.PROMOTE, table=table, environment=origin, reads=ONCE, writes=ACCEPT
        )
        # --- health and status: the one asks WordPress, the other never does
        asking = partial(
            HateoasEndpoint,
            self,
            api=api,
            table=table,
            statements=[data.derive_agent_secrets()],
            environment=wordpress,
            network=hosting.network.of_functions if hosting else None,
            latency_ms=WORDPRESS_MS,
        )
        asking("GetSiteHealth", route=health.HEALTH, reads={Read.ITEM, Read.ITEMS}, writes={Write.PUT, Write.UPDATE})
        HateoasEndpoint(self, "GetSiteStatus", api=api, route=health.STATUS, table=table, reads={Read.ITEM, Read.ITEMS})
        # --- plugins: the catalogue asks WordPress.org, the rest the site itself; an update is carried out by the consumers
        HateoasEndpoint(
            self,
            "GetPlugin",
            api=api,
            route=plugins.GET,
            table=table,
            reads={Read.ITEMS},
            writes={Write.PUT},
            latency_ms=WORDPRESS_MS,
        )
        asking("ListSitePlugins", route=plugins.LIST, reads={Read.ITEM, Read.ITEMS}, timeout=ASKED)
        asking("UpdateSitePlugin", route=plugins.UPDATE, reads={Read.ITEM, Read.ITEMS}, writes=ACCEPT, timeout=ASKED)
        asking("ToggleSitePlugin", route=plugins.TOGGLE, reads=ONCE, writes={Write.PUT}, timeout=SEEN_THROUGH)
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
