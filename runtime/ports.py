"""The ports a handler works through, and their composition from a Lambda function's environment."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from runtime.plugins.port import Directory
    from runtime.table.port import Table
    from runtime.wordpress.port import SiteAgent


SERVICES = ("cognito-idp", "dynamodb", "ecs", "events", "kms", "sesv2", "sqs")
"""The services that functions call."""


class TokenMint(Protocol):
    """Derives invitation tokens: the same material always gives the same 256-bit token, and nothing else does."""

    def token(self, material: str) -> str:
        """The URL-safe token of some material."""
        ...


class Ports(Protocol):
    """What the outside world is to a handler: the table, the token mint, the clock and randomness."""

    @property
    def table(self) -> Table:
        """The one table."""
        ...

    @property
    def tokens(self) -> TokenMint:
        """The mint of invitation tokens."""
        ...

    @property
    def creates_per_minute(self) -> int:
        """How many invitations a tenant may create in a minute."""
        ...

    @property
    def site_origin(self) -> str:
        """The origin of the stage's sites, with ``*`` for the site's name."""
        ...

    @property
    def agent(self) -> SiteAgent:
        """The agents inside the sites."""
        ...

    @property
    def directory(self) -> Directory:
        """The WordPress.org plugin directory."""
        ...

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...

    def entropy(self, size: int) -> bytes:
        """So many random bytes, for ids."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait before another attempt."""
        ...


class EnvironmentPorts:
    """Ports on AWS. Each is made when it is first used, so that a function pays at its cold start only for what it calls."""

    @property
    def table(self) -> Table:
        """The table that TABLE_NAME names."""
        from runtime.table.dynamo import DynamoTable

        return DynamoTable(client("dynamodb"), os.environ["TABLE_NAME"])

    @property
    def tokens(self) -> TokenMint:
        """The mint that derives with the KMS key TOKEN_KEY_ID names."""
        from runtime.invitations.token import KmsTokenMint

        return KmsTokenMint(client("kms"), os.environ["TOKEN_KEY_ID"])

    @property
    def creates_per_minute(self) -> int:
        """The stage's limit, from INVITATIONS_PER_MINUTE."""
        return int(os.environ["INVITATIONS_PER_MINUTE"])

    @property
    def site_origin(self) -> str:
        """The stage's, from SITE_ORIGIN."""
        return os.environ["SITE_ORIGIN"]

    @property
    def agent(self) -> SiteAgent:
        """The agents of the stage's sites."""
        return self._agent

    @cached_property
    def _agent(self) -> SiteAgent:
        """The agents, reached through WORDPRESS_GATEWAY with the secrets that AGENT_KEY_ID derives, which it keeps."""
        from runtime.wordpress.agent import HttpSiteAgent
        from runtime.wordpress.secrets import AgentSecrets

        secrets = AgentSecrets(client("kms"), os.environ["AGENT_KEY_ID"])
        return HttpSiteAgent(os.environ["WORDPRESS_GATEWAY"], secrets, now=self.now, entropy=self.entropy, pause=self.pause)

    @property
    def directory(self) -> Directory:
        """The directory at WORDPRESS_ORG_API, a mirror of it, and otherwise WordPress.org's own."""
        from runtime.plugins.directory import HttpDirectory

        return HttpDirectory(os.environ.get("WORDPRESS_ORG_API") or "https://api.wordpress.org")

    def now(self) -> datetime:
        """The system's clock."""
        return datetime.now(timezone.utc)

    def entropy(self, size: int) -> bytes:
        """The operating system's randomness."""
        return os.urandom(size)

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


@cache
def client(service: str, *, attempts: int = 3, read_timeout: int = 2) -> Any:
    """A botocore client, made once, whose attempts together end before the function's 10 seconds do.

    What must not be done twice takes one attempt and a long wait: a timeout does not tell whether it was done.
    """
    from botocore.config import Config

    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=1, read_timeout=read_timeout, retries=retries)
    return _session().create_client(service, config=config)


@cache
def _session() -> Any:
    """One session for all clients, which does not search through the models of 400 services for the few that are used."""
    from botocore.loaders import Loader
    from botocore.session import Session

    class FewServices(Loader):
        """Botocore's loader of models, told which there are."""

        def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
            return list(SERVICES)

    session = Session()
    session.register_component("data_loader", FewServices())
    return session


@cache
def environment_ports() -> EnvironmentPorts:
    """The function's ports, one set for the life of its execution environment."""
    return EnvironmentPorts()
